// A sitting whose window has closed: what this browser had kept and could not send is shown, and sent to be kept with the
// time at which it was written, by this device's word. It came too late; nothing here hands anything in.
import { comesBack } from "./app.js";
import { Log } from "./steps.js";

const form = document.querySelector("form[data-late]");
const areas = [...form.querySelectorAll("textarea[data-part]")];
const token = form.querySelector("[name=csrfmiddlewaretoken]");
const revision = Number(form.querySelector("[name=revision]").value);
const line = document.querySelector("[data-found-says]");
const AGAIN = 10000;
const PATIENCE = 20000;

const lines = (text) => (text ?? "").replaceAll("\r\n", "\n");
const same = (one, other) => areas.every(({ dataset: { part } }) => lines(one?.[part]) === lines(other?.[part]));
const served = Object.fromEntries(areas.map((area) => [area.dataset.part, area.defaultValue]));
const copyName = `golden-thread-${form.dataset.person}-${form.dataset.copy}`;
const stored = () => {
  try {
    return JSON.parse(localStorage.getItem(copyName));
  } catch {
    return null;
  }
};
const copy = stored();
const isText = (texts) => texts && typeof texts === "object" && !same(texts, {}) && !same(texts, served);
const writtenAt = Math.round(copy?.at) || Date.now();
const told = (at) => {
  const style = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  const inZone = (timeZone) => new Date(at).toLocaleString("en-GB", { ...style, timeZone });
  try {
    return `${inZone(form.dataset.zone)} (${form.dataset.zoneName})`;
  } catch {
    return `${inZone("UTC")} (UTC)`;
  }
};
const say = (text, kind = "bad") => {
  line.dataset.kind = kind;
  if (line.textContent !== text) line.textContent = text;
};

const send = async (content) => {
  const answer = await fetch(form.dataset.url, {
    method: "POST",
    redirect: "manual",
    signal: AbortSignal.timeout(PATIENCE),
    headers: { "Content-Type": "application/json", "X-CSRFToken": token.value },
    body: JSON.stringify(content),
  });
  if (answer.ok) return answer.json();
  throw answer;
};
/** Send the steps that the editor had left, with their own times; false where they do not lead to the text. */
const sendSteps = async () => {
  const log = new Log(`${copyName}-steps`, served, revision);
  if (copy.revision !== revision || !log.resume()) return false;
  log.cut(copy.texts, "typed", writtenAt);
  if (!same(log.texts, copy.texts)) return false;
  while (!log.empty) {
    const steps = log.batch();
    await send({ steps });
    log.acknowledge(steps.at(-1).number);
  }
  return true;
};
const sendAll = async (texts) => {
  for (const [place, one] of texts.entries()) {
    if (place === texts.length - 1 && one === copy.texts && (await sendSteps().catch(stopAtFault))) continue;
    await send({ revision: one === copy.texts ? Math.max(copy.revision ?? 0, 0) : 0, texts: one, found: writtenAt });
  }
};
const stopAtFault = (fault) => {
  if (fault instanceof Response && [400, 409, 422].includes(fault.status)) return false; // the text itself goes instead
  throw fault;
};
const missed = async (fault) => {
  if (fault instanceof Response && (fault.type === "opaqueredirect" || fault.status === 401)) {
    return "You are signed out. Sign in again in another tab, then come back here: it goes on by itself.";
  }
  if (fault instanceof Response && fault.status === 403) {
    const answer = await fetch(form.dataset.url, { redirect: "manual", headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) token.value = (await answer.json()).csrf;
    return "It is being sent.";
  }
  if (fault instanceof Response && fault.status < 500) {
    const { message } = await fault.json().catch(() => ({}));
    return `${message ?? "It could not be kept."} Copy it from below into a document of your own, and send that to the programme office today.`;
  }
  if (navigator.onLine === false) return "You are not connected: it is sent when you are back.";
  return "Our server can't be reached now: we try again every few seconds.";
};

let sending = false;
let done = false;
const begin = async (texts) => {
  if (sending || done) return;
  sending = true;
  const had = `This device had kept a text that did not reach us before the deadline, written until ${told(writtenAt)} by its clock. `;
  try {
    await sendAll(texts);
    localStorage.removeItem(copyName);
    localStorage.removeItem(`${copyName}-steps`);
    done = true;
    say(`${had}It has reached us now, after the deadline, and is kept with both times. It is not handed in: write to the programme office today and tell them what happened; they can see that it is there.`, "good");
  } catch (fault) {
    say(`${had}It is on this device only, and below. ${await missed(fault)}`);
  } finally {
    sending = false;
  }
};

const texts = copy && !comesBack ? [...(Array.isArray(copy.others) ? copy.others : []), copy.texts].filter(isText) : [];
if (texts.length) {
  const panel = document.querySelector("[data-found]");
  const written = texts.map((one) => areas.map(({ dataset: { part } }) => lines(one[part])).filter(Boolean).join("\n\n"));
  panel.querySelector("[data-found-text]").textContent = written.join("\n\n———\n\n");
  panel.hidden = false;
  begin(texts);
  setInterval(() => begin(texts), AGAIN);
  window.addEventListener("online", () => begin(texts));
}
