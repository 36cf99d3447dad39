// The editor of a sitting or a task: saves by itself, keeps what it can't send in this browser, counts words, and shows
// the time where there is a deadline. In a sitting it sends every step of the writing, in a task the whole text.
// Without it the page is a form with "Save draft" and "Hand in"; nothing here decides anything.
import { timeLeft } from "./app.js";
import { Log } from "./steps.js";

const form = document.querySelector("form[data-editor]");
const areas = [...form.querySelectorAll("textarea[data-part]")];
const place = (name) => form.querySelector(`[data-${name}]`);
const token = form.querySelector("[name=csrfmiddlewaretoken]");
const revisionField = form.querySelector("[name=revision]");
const stepsField = form.querySelector("[name=steps]");
const EVERY = 4000;
const MOST = 500; // steps in one message
const AGAIN = 10000;
const PATIENCE = 20000;
const TROUBLE = ["offline", "unreachable", "server", "signedOut"];
const SAYS = {
  offline: "You are not connected: nothing can be saved now. Write on: your text is kept on this device and is saved when you are back.",
  unreachable: "Our server does not answer, though this device says that it is connected. Write on: your text is kept on this device; we try again every few seconds.",
  server: "Our server has a fault and could not save this. Your connection works. Write on: your text is kept on this device; we try again every few seconds.",
  signedOut: "You are signed out. Your text is kept in this browser. Sign in again in another tab, then come back here: it goes on by itself.",
  back: "Saved. You are connected again.",
  restored: "This browser had kept text that was not saved yet. It is in the editor again and is being saved.",
  notSent: "Not handed in. ",
};

// --- texts, and the copy in this browser ----------------------------------------------------------------------------
const read = () => Object.fromEntries(areas.map((area) => [area.dataset.part, area.value]));
const write = (texts) => {
  for (const area of areas) area.value = texts[area.dataset.part] ?? "";
  showCount();
};
const lines = (text) => (text ?? "").replaceAll("\r\n", "\n");
const same = (one, other) => areas.every(({ dataset: { part } }) => lines(one?.[part]) === lines(other?.[part]));
const copyName = `golden-thread-${form.dataset.person}-${form.dataset.copy}`;
const keepCopy = () => {
  try {
    localStorage.setItem(copyName, JSON.stringify({ texts: read(), revision, at: serverNow() }));
  } catch {
    // A browser that keeps nothing still has the page itself.
  }
};
const dropCopy = () => {
  try {
    localStorage.removeItem(copyName);
  } catch {
    // Nothing was kept either.
  }
};
const readCopy = () => {
  try {
    return JSON.parse(localStorage.getItem(copyName));
  } catch {
    return null;
  }
};

// --- time, by the server's clock ------------------------------------------------------------------------------------------
const closes = Date.parse(form.dataset.closes); // not a number where nothing closes
let clock = { server: Date.parse(form.dataset.now), here: performance.now() };
const serverNow = () => clock.server + performance.now() - clock.here;
const setClock = (text) => {
  clock = { server: Date.parse(text), here: performance.now() };
};
const deadline = place("left")?.textContent;
const showLeft = () => {
  if (deadline) place("left").textContent = `${deadline}: ${timeLeft(closes - serverNow())}`;
};

// --- words, by the rule that the server counts with --------------------------------------------------------------------------
const pattern = new RegExp(form.dataset.pattern, "gu");
const limit = Number(form.dataset.limit);
const number = new Intl.NumberFormat("en-GB");
const showCount = () => {
  const count = areas.reduce((sum, area) => sum + (area.value.match(pattern) || []).length, 0);
  if (!limit) return void (place("count").textContent = number.format(count));
  const excess = count - limit;
  const over = excess > 0 ? `: ${number.format(excess)} word${excess === 1 ? "" : "s"} too many` : "";
  place("count").textContent = `${number.format(count)} of ${number.format(limit)}${over}`;
  place("count").classList.toggle("gt-over", count > limit);
};

// --- what is said about saving ---------------------------------------------------------------------------------------------------
let state = "fine";
const say = (next, text = SAYS[next]) => {
  const before = state;
  state = next;
  const line = place("state");
  line.dataset.kind = ["fine", "restored"].includes(next) ? "good" : "bad";
  const said = next === "fine" ? (TROUBLE.includes(before) ? SAYS.back : "") : text;
  if (line.textContent !== said) line.textContent = said;
  if (TROUBLE.includes(next)) place("saved").textContent = "on this device only"; // it stands beside the buttons
};
const showSaved = (at) => {
  const time = new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  place("saved").textContent = Date.parse(at) > closes ? `${time}, after the deadline` : time;
};

// --- saving --------------------------------------------------------------------------------------------------------------------
let revision = Number(revisionField.value);
let saved = form.dataset.unsaved ? null : read(); // what the server has, as far as is known here
let sent = null; // what was sent last; an answer to it may have been lost
let saving = false;
let waiting = null; // a button that was pressed while a save was under way
let choosing = false;
let log = form.dataset.steps ? new Log(`${copyName}-steps`, read(), revision) : null;
let whole = Boolean(form.dataset.unsaved); // the text came another way than by steps: it is sent as a whole

const signedOut = (response) => response.type === "opaqueredirect" || response.status === 401;
const ask = async () => {
  const response = await fetch(form.dataset.url, { redirect: "manual", headers: { Accept: "application/json" } });
  if (!response.ok) throw response;
  const answer = await response.json();
  token.value = answer.csrf;
  setClock(answer.now);
  return answer;
};
const send = (content) =>
  fetch(form.dataset.url, {
    method: "POST",
    redirect: "manual",
    signal: AbortSignal.timeout(PATIENCE),
    headers: { "Content-Type": "application/json", "X-CSRFToken": token.value },
    body: JSON.stringify(content),
  });

const adopt = (next) => {
  revision = next;
  revisionField.value = next;
};
const done = (texts, answer) => {
  adopt(answer.revision);
  setClock(answer.now);
  saved = texts;
  if (same(texts, read())) dropCopy();
  if (answer.saved_at) showSaved(answer.saved_at);
  say("fine");
  form.dispatchEvent(new CustomEvent("gt:saved", { bubbles: true }));
};
const clash = (answer) => {
  if (!same(answer.texts, sent) && !same(answer.texts, saved)) return offer(answer.texts, answer.message, answer.revision);
  adopt(answer.revision); // it was our own save
  saved = answer.texts;
  log?.reset(answer.texts, answer.revision);
};
const why = (response) => response.json().then(({ message }) => message, () => SAYS.server);
const answered = async (response, taken) => {
  if (signedOut(response)) return say("signedOut");
  if (response.ok) return taken(await response.json());
  if (response.status === 409) return clash(await response.json());
  if (response.status === 403) return void (await ask()); // signed in anew: take the new key, the next round saves
  if (response.status === 422 || response.status === 400) {
    whole = true; // whatever was wrong with the steps: the next round sends the text itself
    return say("refused", await why(response));
  }
  return say("server");
};
const missed = (fault) => {
  if (fault instanceof Response) return say(signedOut(fault) ? "signedOut" : "server");
  if (navigator.onLine === false) return say("offline");
  return say("unreachable");
};
const sendWhole = async (texts) => {
  const content = { revision, texts };
  sent = texts;
  await answered(await send(content), (answer) => {
    log?.reset(texts, answer.revision);
    whole = false;
    done(texts, answer);
  });
};
const sendSteps = async () => {
  const steps = log.batch();
  const texts = { ...log.texts };
  const all = steps.length === log.queue.length;
  const end = steps.at(-1).number;
  await answered(await send({ steps }), async (answer) => {
    log.acknowledge(end);
    if (all) return done(texts, { ...answer, revision: end });
    adopt(end);
    setClock(answer.now);
    await sendSteps();
  });
};
const record = (how = "typed") => {
  if (log && !whole && !choosing) log.cut(read(), how, serverNow());
};
const save = async () => {
  record();
  const texts = read();
  if (saving || choosing) return;
  if (same(texts, saved) && (!log || log.empty || whole)) return;
  saving = true;
  keepCopy();
  try {
    if (state === "signedOut") await ask();
    await (log && !whole ? sendSteps() : sendWhole(texts));
  } catch (fault) {
    missed(fault);
  } finally {
    saving = false;
    if (waiting) {
      const button = waiting;
      waiting = null;
      form.requestSubmit(button);
    }
  }
};

// --- two texts: neither is dropped without being asked ------------------------------------------------------------------------------
const offer = (texts, why, next) => {
  choosing = true;
  place("other-why").textContent = why;
  place("other-text").textContent = areas.map((area) => lines(texts[area.dataset.part])).join("\n\n") || "(empty)";
  place("other").hidden = false;
  say("choose", "Nothing is saved until you have chosen between two texts.");
  const settle = (take) => {
    if (take) write(texts);
    if (next !== null) adopt(next);
    saved = null;
    whole = true;
    choosing = false;
    place("other").hidden = true;
    say("fine");
    save();
    areas[0].focus();
  };
  place("keep").onclick = () => settle(false);
  place("take").onclick = () => settle(true);
  place("keep").focus();
};

// --- beginning ------------------------------------------------------------------------------------------------------------------
const copy = readCopy();
if (copy && !same(copy.texts, read())) {
  if (copy.revision === revision && !form.dataset.unsaved) {
    if (log?.resume()) log.cut(copy.texts, "typed", copy.at);
    else whole = true;
    write(copy.texts);
    say("restored");
  } else {
    const when = new Date(copy.at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
    offer(copy.texts, `This browser has kept a text from ${when} that is not what the editor holds now.`, null);
  }
} else {
  dropCopy();
}
showCount();
showLeft();

const comesAtOnce = (event) => ["insertFromPaste", "insertFromDrop"].includes(event.inputType);
form.addEventListener("beforeinput", (event) => {
  if (comesAtOnce(event)) record();
});
let counting = 0;
form.addEventListener("input", (event) => {
  if (!event.target.matches("textarea[data-part]")) return;
  keepCopy();
  if (comesAtOnce(event)) record("pasted");
  clearTimeout(counting);
  counting = setTimeout(showCount, 250);
});
form.addEventListener("submit", (event) => {
  record();
  const unsent = log && !whole && log.queue.length <= MOST;
  if (saving && !unsent) {
    event.preventDefault();
    waiting = event.submitter;
    return;
  }
  const now = navigator.onLine === false ? "offline" : state;
  if (["signedOut", "offline", "unreachable"].includes(now)) {
    event.preventDefault();
    say(now, event.submitter?.name === "hand_in" ? SAYS.notSent + SAYS[now] : SAYS[now]);
    place("state").scrollIntoView({ block: "center" });
    return;
  }
  if (unsent) stepsField.value = log.empty ? "" : JSON.stringify({ steps: log.queue }); // nobody waits for an answer first
  keepCopy();
});
setInterval(save, EVERY);
setInterval(showLeft, 10000);
setInterval(() => {
  if (TROUBLE.includes(state)) save();
}, AGAIN);
window.addEventListener("online", save);
window.addEventListener("offline", () => say("offline"));
document.addEventListener("visibilitychange", save);
window.addEventListener("pageshow", async (event) => {
  if (!event.persisted) return; // brought back by the back button: what is saved may have moved on
  try {
    const answer = await ask();
    if (same(answer.texts, read())) {
      adopt(answer.revision);
      log?.reset(answer.texts, answer.revision);
    } else clash({ ...answer, message: "Another text has been saved since you left this page." });
  } catch (fault) {
    missed(fault);
  }
});
