// The editor of a sitting or a task: saves by itself, keeps what it can't send in this browser, counts words, and shows
// the time where there is a deadline. In a sitting it sends every step of the writing, in a task the whole text.
// Without it the page is a form with "Save draft" and "Hand in"; nothing here decides anything.
import { comesBack, timeLeft } from "./app.js";
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
  choose: "Another text is there. Write on: yours is kept on this device. Nothing is saved until you have chosen between the two.",
  notSent: "Not handed in: nothing has reached us yet. ",
  again: " Nothing is handed in yet: press the button again.",
};
const ONLY_HERE = "Your text is only in this page: don't close it."; // a browser that is full, or keeps nothing
const SAYS_ONLY_HERE = {
  offline: `You are not connected: nothing can be saved now. ${ONLY_HERE} It is saved when you are back.`,
  unreachable: `Our server does not answer, though this device says that it is connected. ${ONLY_HERE} We try again every few seconds.`,
  server: `Our server has a fault and could not save this. Your connection works. ${ONLY_HERE} We try again every few seconds.`,
  signedOut: `You are signed out. ${ONLY_HERE} Sign in again in another tab, then come back here: it goes on by itself.`,
  choose: `Another text is there. ${ONLY_HERE} Nothing is saved until you have chosen between the two.`,
};

// --- texts, and the copy in this browser ----------------------------------------------------------------------------
const read = () => Object.fromEntries(areas.map((area) => [area.dataset.part, area.value]));
const served = Object.fromEntries(areas.map((area) => [area.dataset.part, area.defaultValue])); // before anybody was quicker than this script
const write = (texts) => {
  for (const area of areas) area.value = texts[area.dataset.part] ?? "";
  showCount();
};
const lines = (text) => (text ?? "").replaceAll("\r\n", "\n");
const same = (one, other) => areas.every(({ dataset: { part } }) => lines(one?.[part]) === lines(other?.[part]));
const copyName = `golden-thread-${form.dataset.person}-${form.dataset.copy}`;
let keeps = true; // whether the last copy could be kept
const says = (name) => (keeps ? SAYS : { ...SAYS, ...SAYS_ONLY_HERE })[name];
const keepCopy = () => {
  if (comesBack) return; // this page is about to be loaded anew, and takes up what was kept then
  const before = keeps;
  try {
    localStorage.setItem(copyName, JSON.stringify({ texts: read(), revision, at: serverNow(), others: [...asides, ...offered] }));
    keeps = true;
  } catch {
    keeps = false; // the page itself still has it, and says so
  }
  if (before !== keeps && (choosing || TROUBLE.includes(state))) say(state);
};
const dropCopy = () => {
  if (comesBack) return;
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

const told = (at, style) => {
  const inZone = (timeZone) => new Date(at).toLocaleString("en-GB", { ...style, timeZone });
  const { zone, zoneName } = place("saved").dataset;
  try {
    return `${inZone(zone)} (${zoneName})`;
  } catch {
    return `${inZone("UTC")} (UTC)`; // a zone that this browser does not know
  }
};

// --- words, by the rule that the server counts with --------------------------------------------------------------------------
const pattern = new RegExp(form.dataset.pattern, "gu");
const limit = Number(form.dataset.limit);
const most = Number(form.dataset.most) || limit;
// The list of references and the annexes, where one of them doesn't count: from which heading on, as the server finds them.
const endings = JSON.parse(form.dataset.apart || "[]").map((one) => ({ ...one, heading: new RegExp(one.heading, "gu") }));

const counted = (text) => {
  const begins = endings.flatMap(({ heading, last, counts }) => {
    const found = [...text.matchAll(heading)];
    return found.length ? [{ from: found.at(last ? -1 : 0).index, counts }] : [];
  });
  begins.sort((one, other) => one.from - other.from);
  const stretches = [{ from: 0, counts: true }, ...begins];
  const parts = stretches.map(({ from, counts }, place) => counts ? text.slice(from, stretches[place + 1]?.from) : "");
  return parts.reduce((sum, part) => sum + (part.match(pattern) || []).length, 0);
};
const number = new Intl.NumberFormat("en-GB");
const showCount = () => {
  const count = areas.reduce((sum, area) => sum + counted(area.value), 0);
  if (!limit) return void (place("count").textContent = number.format(count));
  const excess = count - most;
  const over = excess > 0 ? `: ${number.format(excess)} word${excess === 1 ? "" : "s"} too many` : "";
  place("count").textContent = `${number.format(count)} of ${number.format(limit)}${over}`;
  place("count").classList.toggle("gt-over", count > most);
};

// --- what is said about saving ---------------------------------------------------------------------------------------------------
let state = "fine";
let pressed = false; // a button that hands in, and nothing could be sent
const say = (next, text = says(next)) => {
  const before = state;
  state = next;
  const line = place("state");
  line.dataset.kind = ["fine", "restored"].includes(next) ? "good" : "bad";
  const back = TROUBLE.includes(before) ? SAYS.back + (pressed ? SAYS.again : "") : "";
  const said = next === "fine" ? back : (pressed && TROUBLE.includes(next) ? SAYS.notSent : "") + text;
  if (next === "fine") pressed = false;
  if (line.textContent !== said) line.textContent = said;
  if (TROUBLE.includes(next)) place("saved").textContent = keeps ? "on this device only" : "in this page only"; // it stands beside the buttons
};
const showSaved = (at) => {
  const time = told(at, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  place("saved").textContent = Date.parse(at) > closes ? `${time}, after the deadline` : time;
};

// --- saving --------------------------------------------------------------------------------------------------------------------
let revision = Number(revisionField.value);
let saved = form.dataset.unsaved ? null : served; // what the server has, as far as is known here
let sent = null; // what was sent last; an answer to it may have been lost
let saving = false;
let waiting = null; // a button that was pressed while a save was under way
let choosing = false;
let offered = []; // a text of this device, while it is asked about
let asides = []; // texts that were not chosen and that the server has not got: it takes each as an earlier version first
let unkept = false; // the server could not take one
let left = null; // the text that was not chosen, until the page has said where it is
let log = form.dataset.steps ? new Log(`${copyName}-steps`, served, revision) : null;
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
  if (left) tellWhere();
  if (answer.saved_at) showSaved(answer.saved_at);
  say("fine");
  form.dispatchEvent(new CustomEvent("gt:saved", { bubbles: true }));
};
const clash = (answer) => {
  const known = [sent, saved, read()].some((texts) => same(answer.texts, texts));
  if (!known) return offer(answer.texts, answer.message, answer.revision);
  adopt(answer.revision); // it was our own save, or says the same
  saved = answer.texts;
  log?.reset(answer.texts, answer.revision);
};
const why = (response) => response.json().then(({ message }) => message, () => says("server"));
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
const missed = async (fault) => {
  if (fault instanceof Response && fault.status === 422) return say("refused", await why(fault)); // somebody else is signed in
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
/** Whether the server has every text that was not chosen. */
const sendAsides = async () => {
  for (const aside of [...asides]) {
    sent = aside;
    await answered(await send({ revision, texts: aside }), (answer) => {
      asides = asides.filter((one) => one !== aside);
      adopt(answer.revision);
      setClock(answer.now);
      saved = aside;
    });
    if (!asides.includes(aside)) continue;
    if (state !== "refused") return false; // it is tried again
    asides = asides.filter((one) => one !== aside); // too long to be kept: it stays on the page
    unkept = true;
  }
  return true;
};
const record = (how = "typed") => {
  if (log && !whole && !choosing) log.cut(read(), how, serverNow());
};
const save = async () => {
  record();
  const texts = read();
  if (saving || choosing || comesBack) return;
  if (!asides.length && saved && same(texts, saved) && (!log || log.empty || whole)) return;
  saving = true;
  keepCopy();
  try {
    if (state === "signedOut") await ask();
    if (await sendAsides()) await (log && !whole ? sendSteps() : sendWhole(texts));
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
// The question takes no focus and moves nothing from its place: what is typed while it waits is for the text.
let written = areas[0]; // where the person wrote last
form.addEventListener("focusin", ({ target }) => {
  if (areas.includes(target)) written = target;
});
const showOther = (texts, title, why) => {
  const top = () => (areas.includes(document.activeElement) ? written.getBoundingClientRect().top : 0);
  const before = top();
  place("other-title").textContent = title;
  place("other-why").textContent = why;
  place("other-text").textContent = areas.map(({ dataset: { part } }) => lines(texts[part])).join("\n\n") || "(empty)";
  place("question").hidden = place("ask").hidden = !choosing;
  place("other").hidden = false;
  window.scrollBy({ top: top() - before, behavior: "instant" });
};
const offer = (texts, why, next, stored = texts) => {
  choosing = true;
  offered = stored === texts ? [] : [texts];
  place("chosen").replaceChildren();
  say("choose");
  showOther(texts, "Another text is there", why);
  const settle = (take) => {
    left = take ? read() : texts;
    if (take) write(texts);
    if (same(left, {})) left = null;
    else if (log && !same(left, stored)) asides.push(left);
    adopt(next);
    saved = null;
    whole = true;
    choosing = false;
    offered = [];
    place("other").hidden = place("ask").hidden = true;
    say("fine");
    keepCopy();
    save();
    written.focus();
  };
  place("keep").onclick = () => settle(false);
  place("take").onclick = () => settle(true);
};
const tellWhere = () => {
  const { versions } = form.dataset;
  if (versions && !unkept) {
    const link = Object.assign(document.createElement("a"), { href: versions, textContent: "Earlier versions" });
    place("chosen").replaceChildren("Your choice is saved. The other text is under ", link, ".");
  } else {
    place("chosen").textContent = "Your choice is saved. The other text stands below until you leave this page: copy from it what you need.";
    showOther(left, "The text that you did not choose", "");
  }
  left = null;
};

// --- beginning ------------------------------------------------------------------------------------------------------------------
const copy = readCopy();
if (log && copy?.others?.length) {
  asides = copy.others;
  whole = true;
}
if (form.dataset.stored) {
  const [stored, next] = [JSON.parse(form.dataset.stored), revision];
  revision = -1; // of no text that is stored: this one builds on another
  document.querySelector("[data-stored-text]").hidden = true; // it is in the question
  offer(stored, "This was saved on another page or device. Your own text is in the editor below.", next);
  keepCopy();
} else if (copy && !same(copy.texts, served) && !same(copy.texts, read())) {
  if (copy.revision === revision && !form.dataset.unsaved && same(served, read())) {
    if (log?.resume()) log.cut(copy.texts, "typed", copy.at);
    else whole = true;
    write(copy.texts);
    say("restored");
  } else {
    const when = told(copy.at, { dateStyle: "medium", timeStyle: "short" });
    offer(copy.texts, `This browser has kept a text from ${when} that is not what the editor holds now.`, revision, served);
  }
} else if (!asides.length) {
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
  const handsIn = event.submitter?.name === "hand_in";
  if (choosing) {
    event.preventDefault();
    say("choose", (handsIn ? SAYS.notSent : "") + says("choose"));
    place("other").focus();
    return;
  }
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
    pressed ||= handsIn;
    say(now);
    place("state").scrollIntoView({ block: "center" });
    return;
  }
  if (unsent) stepsField.value = log.empty ? "" : JSON.stringify({ steps: log.queue }); // nobody waits for an answer first
  keepCopy();
});
// Another form of the page whose answer changes the text on the server: what is typed here is saved before it goes, or
// the page that comes back would ask which of the two is meant.
for (const other of document.querySelectorAll("form[data-after-editor]")) {
  other.addEventListener("submit", async (event) => {
    event.preventDefault();
    while (saving) await new Promise((resolve) => setTimeout(resolve, 100));
    if (!choosing) await save();
    if (choosing || asides.length || !saved || !same(read(), saved)) return void place("state").scrollIntoView({ block: "center" });
    dropCopy();
    other.submit();
  });
}
setInterval(save, EVERY);
setInterval(showLeft, 10000);
setInterval(() => {
  if (TROUBLE.includes(state)) save();
}, AGAIN);
window.addEventListener("online", () => (choosing ? say("choose") : save()));
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
