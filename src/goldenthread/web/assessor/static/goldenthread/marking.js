// The marking screen: sums as one types, keys from point to point, and saving by itself. Without it the page works with its
// buttons. The server checks and counts; what is shown here is a help only.

const form = document.querySelector("form[data-marking]");
const boxes = [...form.querySelectorAll("[data-point]")];
const mark = (box) => (/^\d{1,3}$/.test(box.value.trim()) ? Number(box.value) : null);

// --- sums and faults -------------------------------------------------------------------------------------------
const judge = (box) => {
  const text = box.value.trim();
  const most = Number(box.dataset.most);
  const bad = text !== "" && (mark(box) === null || mark(box) > most);
  const place = box.closest(".gt-point").querySelector("[data-fault]");
  const words = bad ? `0 to ${most} marks, whole ones.` : "";
  if (place.textContent !== words) place.textContent = words;
  box.classList.toggle("is-invalid", bad);
  box.toggleAttribute("aria-invalid", bad);
  if (bad) box.setAttribute("aria-invalid", "true");
  return !bad;
};
const sum = (some) => some.reduce((total, box) => total + (mark(box) !== null && mark(box) <= Number(box.dataset.most) ? mark(box) : 0), 0);
const showSums = () => {
  for (const group of form.querySelectorAll("[data-kind]")) {
    group.querySelector("[data-marks]").textContent = sum(boxes.filter((box) => group.contains(box)));
  }
  form.querySelector("[data-total] [data-marks]").textContent = sum(boxes);
};

// --- keys ----------------------------------------------------------------------------------------------------------
const go = (box, step) => {
  const next = boxes[boxes.indexOf(box) + step];
  if (next) next.focus();
  else if (step > 0) [...form.querySelectorAll("textarea, button[type=submit]")].find((one) => !one.closest(".gt-point"))?.focus();
};
form.addEventListener("keydown", (event) => {
  const box = event.target.closest("[data-point]");
  if (!box || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "ArrowDown" || event.key === "Enter") go(box, 1);
  else if (event.key === "ArrowUp") go(box, -1);
  else return;
  event.preventDefault();
});
// Ctrl and Enter press the button of the page. Where it asks first, they open the question, and the same again answers it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.altKey || event.repeat) return;
  event.preventDefault();
  const question = form.querySelector("details.gt-confirm");
  const button = (question ?? form).querySelector("button[type=submit]");
  if (!question || question.open) form.requestSubmit(button);
  else {
    question.open = true;
    button.focus();
  }
});
// Where nothing is being typed, a figure goes into the first box that is empty.
document.addEventListener("keydown", (event) => {
  const idle = !event.target.closest?.("input, textarea, select, button, summary, a");
  if (!idle || event.ctrlKey || event.metaKey || event.altKey || !/^\d$/.test(event.key)) return;
  (boxes.find((box) => box.value.trim() === "") ?? boxes[0])?.focus();
});
form.addEventListener("focusin", (event) => event.target.matches("[data-point]") && event.target.select());

// --- saving ----------------------------------------------------------------------------------------------------------
const status = form.querySelector("[data-saved]");
const say = (text, fault = false) => {
  status.textContent = text;
  status.classList.toggle("is-fault", fault);
};
const clock = () => new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
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
  if (!boxes.every(judge)) {
    say("Not saved: a mark is out of range.", true);
    return;
  }
  sending = true;
  dirty = false;
  say("Saving …");
  try {
    const answer = await fetch(form.dataset.save, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    if (!answer.headers.get("Content-Type")?.includes("json")) {
      say("Not saved: you are signed out, or something is wrong here. Sign in in another tab, then go on typing.", true);
    } else {
      const said = await answer.json();
      if (answer.ok) {
        form.elements.revision.value = said.revision;
        say(`Saved at ${clock()}.`);
        if (!dirty) form.dispatchEvent(new CustomEvent("gt:saved", { bubbles: true }));
      } else say(`Not saved: ${said.message}`, true);
    }
  } catch {
    say("Not saved: there is no connection. We try again.", true);
    dirty = true;
    later(5000);
  }
  sending = false;
  if (waiting) form.requestSubmit(waiting);
  else if (dirty) later(1000);
}
form.addEventListener("input", (event) => {
  if (event.target.matches("[data-point]")) {
    judge(event.target);
    showSums();
  }
  dirty = true;
  if (form.dataset.save) later(1200);
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
  if (dirty && !submitted && form.dataset.save && boxes.every(judge)) navigator.sendBeacon(form.dataset.save, new FormData(form));
});
window.addEventListener("pageshow", () => { submitted = false; });
// The question before submitting unfolds where it can be seen.
form.querySelector("details.gt-confirm")?.addEventListener("toggle", (event) => event.target.scrollIntoView({ block: "nearest" }));
showSums();
