// What a page's texts stand on, for tests/browser.py: texts that are alike in all that contrast is made of are one kind.
(() => {
  const STATES = ["type", "role", "aria-disabled", "aria-current", "aria-selected", "aria-expanded", "open", "inert"];
  const STYLES = [
    "color", "backgroundColor", "backgroundImage", "opacity", "fontSize", "fontWeight", "filter", "mixBlendMode",
    "textShadow", "webkitTextFillColor", "webkitTextStroke", "visibility", "position", "transform", "clipPath",
  ];

  // What stands over others, or moves with the window: what is behind it is not what is around it.
  const PLACED = ["absolute", "fixed", "sticky"];

  // 53 bits of a text, which a number holds exactly.
  function digest(text) {
    let high = 0xdeadbeef, low = 0x41c6ce57;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      high = Math.imul(high ^ code, 2654435761);
      low = Math.imul(low ^ code, 1597334677);
    }
    high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
    low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
    return 4294967296 * (2097151 & low) + (high >>> 0);
  }

  // An element with everything around it: names, classes and states, and how each is drawn. What is placed is like
  // nothing else.
  function kindOf(element, known) {
    if (!element) return 0;
    if (known.has(element)) return known.get(element);
    const style = getComputedStyle(element);
    const control = element.tagName === "LABEL" ? element.control : element;
    const kind = digest([
      kindOf(element.parentElement, known), element.tagName, element.getAttribute("class"), !!control?.disabled,
      PLACED.includes(style.position) && Math.random(),
      ...STATES.map(name => element.getAttribute(name)), ...STYLES.map(name => style[name]),
    ].join("|"));
    known.set(element, kind);
    return kind;
  }

  function isText(element) {
    return ["INPUT", "SELECT", "TEXTAREA"].includes(element.tagName) ||
      [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.nodeValue.trim());
  }

  // The kinds of what can be seen now, each with one element that is of it.
  window.kindsOfText = () => {
    const known = new Map(), kinds = new Map();
    for (const element of document.body.querySelectorAll("*")) {
      if (!isText(element) || !element.checkVisibility({ visibilityProperty: true })) continue;
      const kind = kindOf(element, known);
      if (!kinds.has(kind)) kinds.set(kind, element);
    }
    window.textOfKind = kinds;
    return [...kinds.keys()];
  };

  // What axe says of the contrast of these kinds: what it finds wrong, and the kinds that are right for certain.
  window.judgeContrast = async asked => {
    const include = asked.map(kind => window.textOfKind.get(kind));
    const found = await axe.run({ include }, {
      runOnly: { type: "rule", values: ["color-contrast"] }, resultTypes: ["violations", "passes"], elementRef: true,
    });
    const right = new Set(found.passes.flatMap(rule => rule.nodes.map(node => node.element)));
    const faults = found.violations.map(({ id, nodes }) => ({
      id, nodes: nodes.map(({ target, failureSummary }) => ({ target, failureSummary })),
    }));
    return [faults, asked.filter(kind => right.has(window.textOfKind.get(kind)))];
  };
})();
