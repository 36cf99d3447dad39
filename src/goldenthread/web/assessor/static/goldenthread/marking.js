// The marking screen: sums as one types, keys from point to point, and saving by itself. Without it the page works with its
// buttons. The server checks and counts; what is shown here is a help only.

const form = document.querySelector("form[data-marking]");
const boxes = [...form.querySelectorAll("[data-point]")];
const texts = [...form.querySelectorAll("[data-needed]")];
const question = form.querySelector("details.gt-confirm");
const mark = (box) => (/^\d{1,3}$/.test(box.value.trim()) ? Number(box.value) : null);
const most = (box) => Number(box.dataset.most);
const empty = (field) => field.value.trim() === "";
const counts = (box) => mark(box) !== null && mark(box) <= most(box);
const impossible = (box) => !empty(box) && !counts(box);
// A strength isn't asked of a kind that was given no marks at all.
const none = (kind) => boxes.filter((box) => box.closest(`[data-kind="${kind}"]`)).every((box) => mark(box) === 0);
const missing = (text) => empty(text) && !(text.dataset.unlessNone && none(text.dataset.unlessNone));
const listed = (words) => [words.slice(0, -1).join(", "), words.at(-1)].filter(Boolean).join(" and ");

// --- sums and faults -------------------------------------------------------------------------------------------
// Once somebody has asked to submit, what is empty is a fault as well.
let asked = Boolean(form.querySelector("[data-error-summary]"));
const faultOf = (box) => {
  if (impossible(box)) return `${box.value.trim()} is out of range: 0 to ${most(box)} marks, whole ones.`;
  return asked && empty(box) ? `Give point ${box.dataset.point} a mark; 0 is a mark too.` : "";
};
const show = (field, place, words) => {
  if (place.textContent !== words) place.textContent = words;
  field.classList.toggle("is-invalid", words !== "");
  if (words) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  field.closest(".gt-point, .gt-field").classList.toggle("gt-field-bad", words !== "");
};
const placeOf = (box) => box.closest(".gt-point").querySelector("[data-fault]");
const judge = (box) => show(box, placeOf(box), faultOf(box));
const judgeText = (text) => {
  const id = `${text.id}_error`; // the server's place for it, or one like it
  let place = document.getElementById(id);
  if (!place) {
    place = Object.assign(document.createElement("p"), { id, className: "gt-error" });
    text.before(place);
    text.setAttribute("aria-describedby", [text.getAttribute("aria-describedby"), id].filter(Boolean).join(" "));
  }
  show(text, place, missing(text) ? text.dataset.needed : "");
};
const sum = (some) => some.filter(counts).reduce((total, box) => total + mark(box), 0);
const showSums = () => {
  for (const group of form.querySelectorAll("[data-kind]")) {
    group.querySelector("[data-marks]").textContent = sum(boxes.filter((box) => group.contains(box)));
  }
  form.querySelector("[data-total] [data-marks]").textContent = sum(boxes);
  const out = boxes.filter(impossible).map((box) => box.dataset.point);
  const one = `The mark of point ${out[0]} is out of range and doesn't count.`;
  const words = out.length > 1 ? `The marks of points ${listed(out)} are out of range and don't count.` : one;
  form.querySelector("[data-uncounted]").textContent = out.length ? words : "";
};
// Whether everything is there that is needed to submit. If not, each fault is said at its field, and the first one, to
// which this goes, says the others.
const complete = () => {
  asked = true;
  boxes.forEach(judge);
  texts.forEach(judgeText);
  const [first, ...more] = [...boxes.filter((box) => !counts(box)), ...texts.filter(missing)];
  if (!first) return true;
  const points = more.filter((one) => boxes.includes(one)).map((box) => box.dataset.point);
  const others = points.length ? [`point${points.length > 1 ? "s" : ""} ${listed(points)}`] : [];
  for (const text of more.filter((one) => texts.includes(one))) others.push(text.labels[0].firstChild.data.trim().toLowerCase());
  const place = boxes.includes(first) ? placeOf(first) : document.getElementById(`${first.id}_error`);
  if (others.length) place.textContent += ` Also to mend: ${others.join(", ")}.`;
  if (question) question.open = false;
  first.focus();
  return false;
};

// --- keys ----------------------------------------------------------------------------------------------------------
// The active point gets the figures that are typed anywhere but in a text: the one whose field had the focus last, and
// before that the first without a mark.
let active = boxes[0];
const activate = (box) => {
  active = box;
  for (const one of boxes) one.closest(".gt-point").classList.toggle("is-active", one === box);
};
activate(boxes.find(empty) ?? boxes[0]);
form.addEventListener("focusin", (event) => {
  if (!event.target.matches("[data-point]")) return;
  activate(event.target);
  event.target.select();
});
const modified = (event) => event.ctrlKey || event.metaKey || event.altKey;
const go = (box, step) => {
  const next = boxes[boxes.indexOf(box) + step];
  if (next) next.focus();
  else if (step > 0) [...form.querySelectorAll("textarea, button[type=submit]")].find((one) => !one.closest(".gt-point, details:not([open])"))?.focus();
};
const sayAgain = (box) => {
  placeOf(box).textContent = "";
  requestAnimationFrame(() => judge(box));
  box.select();
};
// A window's height less a sixth, and less the fold with the case that stays at the top edge.
const scrollScript = (step) => {
  const fold = document.querySelector(".gt-case-fold")?.getBoundingClientRect();
  const hidden = fold && fold.top <= 0 ? Math.max(0, fold.bottom) : 0;
  window.scrollBy({ top: (step * (window.innerHeight - hidden) * 5) / 6, behavior: "instant" }); // twice is two pages
};
const KEYS = {
  ArrowDown: (box) => go(box, 1),
  ArrowUp: (box) => go(box, -1),
  Enter: (box) => (impossible(box) ? sayAgain(box) : go(box, 1)),
  PageDown: () => scrollScript(1),
  PageUp: () => scrollScript(-1),
  " ": (box, event) => scrollScript(event.shiftKey ? -1 : 1),
  Escape: (box) => box.blur(),
};
form.addEventListener("keydown", (event) => {
  const box = event.target.closest("[data-point]");
  if (!box || modified(event)) return;
  if (/^\d$/.test(event.key) && impossible(box)) box.select(); // a figure mends it rather than going behind it
  if (!Object.hasOwn(KEYS, event.key)) return;
  KEYS[event.key](box, event);
  event.preventDefault();
});
form.addEventListener("beforeinput", (event) => {
  if (event.target.matches("[data-point]") && /\D/.test((event.data ?? "").trim())) event.preventDefault();
});
// Ctrl and Enter press the button of the page. Where it asks first, they open the question, and the same again answers it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.altKey || event.repeat) return;
  event.preventDefault();
  if (!complete()) return;
  const button = (question ?? form).querySelector("button[type=submit]:not([name=save])");
  if (!question || question.open) form.requestSubmit(button);
  else {
    question.open = true;
    button.focus();
  }
});
question?.querySelector("summary").addEventListener("click", (event) => {
  if (!question.open && !complete()) event.preventDefault();
});
// A figure takes the place of the active point's mark, wherever the focus is but in a text.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (!typing && !modified(event) && /^\d$/.test(event.key)) active?.focus();
});

// --- saving ----------------------------------------------------------------------------------------------------------
const status = form.querySelector("[data-saved]");
const say = (text, fault = false) => {
  status.textContent = text;
  status.classList.toggle("is-fault", fault);
};
const UNSAVED = "Not saved yet.";
let timer = 0;
let sending = false;
let dirty = false;
let submitted = false;
let waiting = null; // the button that was pressed while a save was on its way

const later = (milliseconds) => {
  clearTimeout(timer);
  timer = setTimeout(send, milliseconds);
};
async function send() {
  if (sending || submitted) return;
  boxes.forEach(judge);
  if (boxes.some(impossible)) {
    say("Not saved: a mark is out of range.", true);
    return;
  }
  sending = true;
  dirty = false;
  say("Saving …");
  let pause = 1000;
  const missed = (words) => {
    say(`Not saved: ${words}`, true);
    dirty = true;
    pause = 5000;
  };
  try {
    // Who has signed in anew in another tab has a new key, which is in its cookie.
    const key = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
    if (key) form.elements.csrfmiddlewaretoken.value = key;
    const answer = await fetch(form.dataset.save, { method: "POST", body: new FormData(form), redirect: "manual", headers: { Accept: "application/json" } });
    if (answer.type === "opaqueredirect") missed("you are signed out. Sign in in another tab; we go on from here.");
    else if (!answer.headers.get("Content-Type")?.includes("json")) missed("our server has a fault. We try again.");
    else {
      const said = await answer.json();
      if (answer.ok) {
        form.elements.revision.value = said.revision;
        say(`Saved at ${said.at}.`); // by the clock of the server
        if (!dirty) form.dispatchEvent(new CustomEvent("gt:saved", { bubbles: true }));
      } else say(`Not saved: ${said.message}`, true);
    }
  } catch {
    missed("there is no connection. We try again.");
  }
  sending = false;
  if (waiting) form.requestSubmit(waiting);
  else if (dirty) later(pause);
}
form.addEventListener("input", (event) => {
  if (event.target.matches("[data-point]")) {
    judge(event.target);
    showSums();
  } else if (asked && texts.includes(event.target)) judgeText(event.target);
  dirty = true;
  if (!form.dataset.save) return;
  if (!sending && !status.matches(".is-fault") && status.textContent !== UNSAVED) say(UNSAVED);
  later(1200);
});
form.addEventListener("submit", (event) => {
  if (sending) {
    // What is being saved gets its revision first; else the page would contradict itself.
    event.preventDefault();
    waiting = event.submitter;
    return;
  }
  waiting = null;
  submitted = true;
  clearTimeout(timer);
});
// Whoever leaves before the save has begun loses nothing.
window.addEventListener("pagehide", () => {
  if (dirty && !submitted && form.dataset.save && !boxes.some(impossible)) navigator.sendBeacon(form.dataset.save, new FormData(form));
});
window.addEventListener("pageshow", () => { submitted = false; });
// The question before submitting unfolds where it can be seen.
question?.addEventListener("toggle", (event) => event.target.scrollIntoView({ block: "nearest" }));
showSums();
