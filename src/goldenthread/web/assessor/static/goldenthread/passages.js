// Notes at passages of the script: select text, press the button or m, and write; m with nothing selected goes to the choice of a paragraph. Places are counted in code points, as the server
// counts; a browser's own counts differ for signs such as 𝒳. Without it a paragraph is chosen by its number.

const list = document.querySelector("[data-passages]");
const form = list.closest("form");
const parts = [...document.querySelectorAll("[data-part]")];
const button = document.querySelector("[data-note-here]");
const said = document.querySelector("[data-note-said]");
const LONGEST_QUOTE = 200;

// --- places ------------------------------------------------------------------------------------------------------
const points = (text) => [...text].length;
const linesOf = (part) => [...part.querySelectorAll("[data-from]")];
const textNodes = (line) => {
  const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(".gt-passage-link")) found.push(walker.currentNode);
  return found;
};
const plain = (line) => textNodes(line).map((node) => node.data).join("");
// Where the selection begins and ends in the first part that it touches; null where it holds no words.
const selected = () => {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  for (const part of parts) {
    let start = null;
    let end = null;
    for (const line of linesOf(part)) {
      let at = Number(line.dataset.from);
      for (const node of textNodes(line)) {
        if (range.intersectsNode(node)) {
          const first = node === range.startContainer ? range.startOffset : 0;
          const last = node === range.endContainer ? range.endOffset : node.data.length;
          if (last > first) {
            start ??= at + points(node.data.slice(0, first));
            end = at + points(node.data.slice(0, last));
          }
        }
        at += points(node.data);
      }
    }
    if (start !== null) {
      const quote = wordsOf(part, start, end);
      return quote ? { part: part.dataset.part, seen: part.dataset.seen, start, end, quote } : null;
    }
  }
  return null;
};
const wordsOf = (part, start, end) => {
  const words = linesOf(part).map((line) => {
    const from = Number(line.dataset.from);
    return [...plain(line)].slice(Math.max(0, start - from), Math.max(0, end - from)).join("");
  });
  const quote = words.join(" ").split(/\s+/).filter(Boolean).join(" ");
  return points(quote) > LONGEST_QUOTE ? `${[...quote].slice(0, LONGEST_QUOTE - 2).join("")} …` : quote;
};

// --- the list and the marks in the text ----------------------------------------------------------------------------
const rows = () =>
  [...list.querySelectorAll("[data-passage]")].map((row) => {
    const [start, end, ...key] = row.querySelector("[name=passage]").value.replace(/^[0-9a-f]+@/, "").split(":");
    const part = key.join(":");
    return { row, part, start: Number(start), end: Number(end), place: parts.findIndex((one) => one.dataset.part === part) };
  });
const inOrder = (a, b) => a.place - b.place || a.start - b.start || a.end - b.end;
const paint = () => {
  const found = rows().sort(inOrder);
  found.forEach((one, index) => {
    one.number = index + 1;
    const link = one.row.querySelector("[data-number]");
    link.textContent = String(one.number);
    link.setAttribute("href", `#text-${one.number}`);
    one.row.querySelector("textarea").id = `passage-${one.number}`;
    one.row.querySelector("label").htmlFor = `passage-${one.number}`;
    one.last = null;
  });
  for (const part of parts) {
    // Where the text reads otherwise by now, the server marks nothing, and neither does this.
    const here = found.filter((one) => one.part === part.dataset.part && !("unmarked" in one.row.dataset));
    for (const line of linesOf(part)) paintLine(line, here);
  }
  for (const one of found) one.last?.after(numberLink(one.number));
};
const paintLine = (line, here) => {
  const signs = [...plain(line)];
  const from = Number(line.dataset.from);
  const to = from + signs.length;
  const cuts = new Set([from, to]);
  for (const one of here) for (const cut of [one.start, one.end]) if (cut > from && cut < to) cuts.add(cut);
  const places = [...cuts].sort((a, b) => a - b);
  line.replaceChildren();
  for (let index = 0; index + 1 < places.length; index += 1) {
    const [first, last] = [places[index], places[index + 1]];
    const text = signs.slice(first - from, last - from).join("");
    const over = here.filter((one) => one.start <= first && one.end >= last);
    const piece = over.length ? document.createElement("mark") : document.createTextNode(text);
    if (over.length) piece.textContent = text;
    line.append(piece);
    if (text.trim()) for (const one of over) one.last = piece;
  }
};
const numberLink = (number) => {
  const link = document.createElement("a");
  const word = document.createElement("span");
  link.className = "gt-passage-link";
  link.id = `text-${number}`;
  link.href = `#passage-${number}`;
  word.className = "visually-hidden";
  word.textContent = "Note ";
  link.append(word, String(number));
  return link;
};

// --- a new one -------------------------------------------------------------------------------------------------------
const add = () => {
  const place = selected();
  said.textContent = place ? "" : "Select some words of the script first.";
  if (!place) return;
  const row = document.querySelector("[data-passage-template]").content.cloneNode(true).firstElementChild;
  row.querySelector("[name=passage]").value = `${place.seen}@${place.start}:${place.end}:${place.part}`; // of this text, should it read otherwise by then
  row.querySelector("[data-quote]").textContent = place.quote;
  const before = rows().find((one) => inOrder({ ...place, place: parts.findIndex((part) => part.dataset.part === place.part) }, one) < 0);
  list.insertBefore(row, before?.row ?? null);
  getSelection().removeAllRanges();
  paint();
  row.querySelector("textarea").focus();
};
// Who selects nothing, as without a mouse, chooses the paragraph.
const byNumber = () => {
  const choice = document.getElementById("id_new_passage");
  choice.closest("details").open = true;
  choice.focus();
};
button.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
button.addEventListener("click", add);
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([data-point]), textarea, select, [contenteditable]");
  if (typing || event.key !== "m" || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (selected()) add();
  else byNumber();
});
// A concern takes along what is selected.
const concern = document.querySelector("[data-concern]");
const takePlace = () => {
  const place = selected();
  document.querySelector("[data-concern-passage]").value = place ? `${place.seen}@${place.start}:${place.end}:${place.part}` : "";
};
concern?.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
concern?.addEventListener("click", takePlace);
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([data-point]), textarea, select, [contenteditable]");
  if (!concern || typing || event.key !== "c" || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  concern.click();
});
// A note that was emptied and left goes, as it does on the server.
list.addEventListener("focusout", (event) => {
  const row = event.target.closest("[data-passage]");
  if (!row || event.target.value.trim()) return;
  row.remove();
  paint();
  form.dispatchEvent(new Event("input", { bubbles: true }));
});
