// Small helps on top of pages that work without them. No dependency; every part finds its elements by data attributes.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- a form is sent once ---------------------------------------------------------------------------------------
// The button stays focusable and keeps its value; the second click is simply not listened to.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]") || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.matches("[hx-post], [hx-get], [hx-put], [hx-patch], [hx-delete]")) return; // htmx has its own guard
  form.dataset.sent = "yes";
  for (const button of all("button[type=submit]", form)) button.setAttribute("aria-disabled", "true");
  setTimeout(listenAgain, 10000); // the answer may be a file, which leaves this page standing
});
const listenAgain = () => {
  for (const form of all("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of all("button[aria-disabled]", form)) button.removeAttribute("aria-disabled");
  }
};
window.addEventListener("pageshow", listenAgain);

// --- a passkey that the device did not give ----------------------------------------------------------------------
document.addEventListener("allauth.error", (event) => {
  const button = document.querySelector("#passkey_login, [id^=mfa_webauthn_]");
  if (!button) return;
  event.preventDefault(); // it would be told to nobody but the console
  document.querySelector("[data-passkey-said]")?.remove();
  const said = document.createElement("p");
  Object.assign(said, { className: "gt-error", role: "alert" }).dataset.passkeySaid = "";
  button.after(said);
  said.textContent = "The passkey was not used. Try again, or choose another way.";
});

// --- unsaved changes ---------------------------------------------------------------------------------------------
const changed = new Set();
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-guard]");
  if (form) changed.add(form);
});
document.addEventListener("submit", (event) => changed.delete(event.target));
document.addEventListener("gt:saved", (event) => changed.delete(event.target)); // for pages that save by themselves
window.addEventListener("beforeunload", (event) => {
  if ([...changed].some((form) => form.isConnected)) event.preventDefault();
});

// --- on paper, long texts stand whole, also where the style can't show what is folded ------------------------------
window.addEventListener("beforeprint", () => {
  for (const fold of all("details.gt-whole:not([open])")) Object.assign(fold, { open: true }).dataset.printed = "";
});
window.addEventListener("afterprint", () => {
  for (const fold of all("details[data-printed]")) {
    fold.open = false;
    delete fold.dataset.printed;
  }
});

// --- time left: the page says the deadline, this says how far away it is --------------------------------------------
const words = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;
export const timeLeft = (milliseconds) => {
  if (milliseconds <= 0) return "closed";
  const minutes = Math.floor(milliseconds / 60000);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  if (days) return `${words(days, "day")} ${words(hours, "hour")} left`;
  if (hours) return `${words(hours, "hour")} ${words(minutes % 60, "minute")} left`;
  return minutes ? `${words(minutes, "minute")} left` : "less than a minute left";
};
// By the server's clock, which decides: the page says what that was when it was sent. What comes back from history is older.
const comesFresh = performance.getEntriesByType("navigation")[0]?.type !== "back_forward";
// A page that says how things stand is loaded anew where the browser brings it back, also the answer to a form: what it
// said may be over. What was typed there is kept elsewhere, or the page does not ask for it (main[data-present]).
const present = () => document.querySelector("main[data-present]") && navigator.onLine !== false;
export const comesBack = Boolean(!comesFresh && present());
const loadAnew = () => {
  changed.clear();
  location.replace(location.pathname + location.search);
};
if (comesBack) loadAnew();
window.addEventListener("pageshow", (event) => {
  if (event.persisted && present()) loadAnew();
});
const loadedAt = Date.now() - performance.now();
const ahead = (element) => (comesFresh && element.dataset.now ? Date.parse(element.dataset.now) - loadedAt : 0);
const showTimeLeft = () => {
  for (const element of all("[data-countdown]")) {
    const left = new Date(element.dataset.countdown) - Date.now() - ahead(element);
    const text = left <= 0 && element.dataset.then ? element.dataset.then : timeLeft(left);
    const place = element.querySelector("[data-left]");
    if (place && place.textContent !== text) place.textContent = text;
    element.classList.toggle("gt-countdown-soon", left > 0 && left < 6 * 3600 * 1000);
  }
};
setInterval(showTimeLeft, 15000);

// --- words and characters, as a hint only: the server counts -----------------------------------------------------------
const countWords = (text) => (text.match(/[^\s]+/g) || []).length;
const showCount = (area) => {
  const place = document.querySelector(`[data-count-for="${CSS.escape(area.id)}"]`);
  if (!place) return;
  const limit = Number(area.dataset.countWords || area.dataset.countCharacters);
  const unit = area.dataset.countWords ? "word" : "character";
  const count = area.dataset.countWords ? countWords(area.value) : area.value.length;
  const over = count - limit;
  place.textContent = over > 0 ? `About ${words(over, unit)} too many of ${limit}` : `About ${words(count, unit)} of ${limit}`;
  place.classList.toggle("gt-error", over > 0);
};
document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-count-words], [data-count-characters]")) showCount(event.target);
});

// --- copying -----------------------------------------------------------------------------------------------------------
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copies]");
  if (!button) return;
  const id = button.dataset.copies;
  const place = document.querySelector(`[data-copied-for="${CSS.escape(id)}"]`);
  try {
    await navigator.clipboard.writeText(document.getElementById(id).innerText);
    if (place) place.textContent = "Copied";
  } catch {
    if (place) place.textContent = "Could not copy: please select the text";
  }
});

// --- menus and confirmations fold up again -------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  for (const open of all("details[data-closes][open]")) if (!open.contains(event.target)) open.open = false;
});

// --- keys: "?" shows a page's keys and hides them, the focus stays; [data-key="n"] is clicked by its key; both also from a
// box for a mark ------------------------------------------------------------------------------------------------------
document.documentElement.classList.toggle("gt-listens", document.querySelector("[data-key-help]") !== null);
const showKeys = (help) => {
  help.open = !help.open;
  document.querySelector("[data-key-said]").textContent = help.open ? help.dataset.shown : help.dataset.hidden;
  const here = document.activeElement;
  const inFlow = getComputedStyle(help).position !== "fixed"; // else it is in sight, and could lie over where one is
  if (help.open && inFlow) help.scrollIntoView({ block: "nearest" });
  else if (here !== document.body) here.scrollIntoView({ block: "nearest" });
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const open of all("details[data-closes][open]")) {
      open.open = false;
      open.querySelector("summary")?.focus();
    }
    return;
  }
  const typing = event.target.closest?.("input:not([data-point]), textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const help = document.querySelector("[data-key-help]");
  if (!help) return; // a page has keys only if it also tells them
  if (event.key === "?") {
    event.preventDefault();
    showKeys(help);
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (target) {
    event.preventDefault();
    if (target.matches("input, textarea, select")) target.focus();
    target.click();
  }
});

// --- what has to be done once for every piece of page, also one that htmx brings --------------------------------------------
const prepare = (root) => {
  for (const element of all("[data-copies][hidden], [data-needs-script][hidden]", root)) element.hidden = false;
  for (const area of all("[data-count-words], [data-count-characters]", root)) showCount(area);
  showTimeLeft();
  markRegions();
};
// A region that doesn't scroll needn't be a stop for the keyboard.
const markRegions = () => {
  for (const region of all("[data-scrolls]")) {
    if (region.scrollWidth > region.clientWidth) region.tabIndex = 0;
    else region.removeAttribute("tabindex");
  }
};
window.addEventListener("resize", markRegions);
prepare(document);
// What went wrong comes before the place that the address still names after a skip link or a link of an earlier error:
// the browser would take the focus there once everything is loaded.
const summary = document.querySelector("[data-error-summary]");
if (summary) {
  const named = location.hash.slice(1);
  if (named) history.replaceState(history.state, "", location.pathname + location.search);
  summary.focus();
  const again = () => ["", named].includes(document.activeElement?.id ?? "") && summary.focus();
  if (named) window.addEventListener("load", () => requestAnimationFrame(again), { once: true });
}
document.addEventListener("htmx:afterSettle", (event) => {
  prepare(event.target);
  event.target.querySelector?.("[data-error-summary]")?.focus();
});
// A refusal or an error in a form is shown where the form is.
document.addEventListener("htmx:beforeSwap", (event) => {
  if ([403, 409, 422, 429].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
// What the server can't do is said, not swallowed.
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, () => {
    const place = document.getElementById("connection");
    if (place) place.hidden = false;
  });
}
