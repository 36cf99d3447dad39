// A chat on a page that works without this: what is said is shown as it is said, and sent without loading anew.
// Events come by a stream; where the server has no place for one, or it breaks, the page asks every second and a half.

const POLL = 1500;
const AGAIN = 20; // after so many times of asking, a stream is tried once more
const room = document.querySelector("[data-chat]");
const log = room.querySelector("[data-chat-log]");
const place = room.querySelector("[data-chat-state]");
const list = document.querySelector("[data-chat-list]");
const AT_THE_DESK = {
  live: "This chat is being answered.",
  waiting: "Nobody answers yet: who answers first has it.",
  ended: "This chat is over.",
};
const FOR_VISITORS = {
  live: "Somebody is here and answers you.",
  waiting: "We have your message. Whoever is on duty has been told of it.",
  unanswered: room.dataset.unanswered,
  ended: room.dataset.ended,
};

const words = list ? AT_THE_DESK : FOR_VISITORS;
let after = Number(room.dataset.after || 0);
let sign = null;
let timer = 0;
let asked = 0;
let source = null;

const toTheEnd = () => {
  log.parentElement.scrollTop = log.parentElement.scrollHeight;
};

const piece = (name, text) => Object.assign(document.createElement("span"), { className: name, textContent: text });

const add = (message) => {
  if (!log || log.querySelector(`[data-id="${Number(message.id)}"]`)) return;
  const mine = message.us === (log.dataset.ours === "us");
  const line = document.createElement("li");
  line.className = mine ? "gt-chat-mine" : "gt-chat-theirs";
  line.dataset.id = message.id;
  line.append(piece("gt-chat-who", `${mine ? "You" : message.who}, ${message.at}`), piece("gt-chat-text", message.text));
  log.append(line);
  toTheEnd();
};

const showList = async () => {
  if (!list) return;
  const answer = await fetch(list.dataset.chatList, { headers: { "X-Requested-With": "fetch" } });
  if (answer.ok && !answer.redirected) list.innerHTML = await answer.text();
};

const take = (found) => {
  for (const message of found.messages || []) add(message);
  after = Math.max(after, found.after || 0);
  const changed = sign !== null && JSON.stringify(found.sign) !== JSON.stringify(sign);
  const first = sign === null;
  sign = found.sign;
  if (found.state && place && (changed || (first && room.dataset.state !== found.state))) {
    if (room.dataset.state !== found.state) place.textContent = words[found.state] || place.textContent;
    room.dataset.state = found.state;
    const address = document.querySelector("[data-chat-address]"); // asked for as soon as nobody seems to answer
    if (address && (found.state === "unanswered" || found.state === "ended")) address.open = true;
  }
  if (list && (changed || first)) showList().catch(() => {});
  if (found.state === "ended" && !list) stop();
};

const stop = () => {
  source?.close();
  source = null;
  clearTimeout(timer);
};

const poll = async () => {
  clearTimeout(timer);
  try {
    const answer = await fetch(`${room.dataset.feed}${room.dataset.feed.includes("?") ? "&" : "?"}after=${after}`);
    if (answer.ok && !answer.redirected) take(await answer.json());
  } catch {
    // asked again in a moment
  }
  if (room.dataset.state === "ended" && !list) return;
  asked += 1;
  timer = setTimeout(asked % AGAIN ? poll : listen, POLL);
};

const listen = () => {
  stop();
  source = new EventSource(`${room.dataset.events}${room.dataset.events.includes("?") ? "&" : "?"}after=${after}`);
  source.addEventListener("message", (event) => take(JSON.parse(event.data)));
  source.addEventListener("poll", () => {
    stop();
    poll();
  });
  source.addEventListener("error", () => {
    if (source?.readyState !== EventSource.CLOSED) return; // it comes back by itself
    stop();
    if (room.dataset.state !== "ended" || list) timer = setTimeout(poll, POLL);
  });
};

const form = room.querySelector("form[data-chat-form]");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation(); // it may be sent many times
  const box = form.querySelector("textarea");
  if (!box.value.trim() || form.dataset.busy) return;
  form.dataset.busy = "yes";
  try {
    const body = new FormData(form);
    const answer = await fetch(`${form.action}?after=${after}`, { method: "POST", body, redirect: "manual", headers: { Accept: "application/json" } });
    const signedOut = answer.type === "opaqueredirect";
    const found = signedOut ? { error: "You are signed out. Sign in in another tab, then send your words again: they are still here." } : await answer.json();
    if (found.error) {
      place.textContent = found.error;
    } else {
      form.querySelector("[name=form_key]").value = found.form_key;
      box.value = "";
      take(found);
    }
  } catch {
    place.textContent = "That did not reach us. Your words are still here: send them again.";
  }
  delete form.dataset.busy;
  box.focus();
});
form?.querySelector("textarea")?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && !source && (list || room.dataset.state !== "ended")) poll();
});

if (log) toTheEnd();
if (list || room.dataset.state !== "ended") listen();
