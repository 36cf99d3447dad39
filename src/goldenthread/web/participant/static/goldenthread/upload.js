// Sends a document in pieces, goes on where it stopped, and opens the page that shows what was found in it.
// Without it, or where the browser can't work out checksums, the form is sent as a whole.
const form = document.querySelector("form[data-upload]");
const FIRST = 16 * 1024; // small, so that the first byte is on record soon
const PIECE = 256 * 1024;
const WAITS = [1, 2, 5, 10, 20, 30]; // seconds until the next try; the last one again and again

const input = form?.querySelector("input[type=file]");
const box = form?.querySelector("[data-upload-state]");
const bar = box?.querySelector("progress");
const says = box?.querySelector("[data-upload-says]");
const refused = document.querySelector("[data-upload-refused]");
const buttons = form?.querySelectorAll("button[type=submit]") ?? [];
let busy = false;

const hex = (bytes) => [...new Uint8Array(bytes)].map((one) => one.toString(16).padStart(2, "0")).join("");
const checksum = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));
const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const say = (text) => {
  if (says.textContent !== text) says.textContent = text;
};

class Told extends Error {}

// One request; tries again, for as long as it takes, where the connection or the server is to blame.
const ask = async (url, body, headers) => {
  for (let round = 0; ; round += 1) {
    let again = "No connection. Your document is still here: we go on when you are back.";
    try {
      const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
      const answer = await fetch(url, {
        method: "POST",
        body,
        headers: { Accept: "application/json", "X-CSRFToken": token, ...headers },
        redirect: "manual",
      });
      if (answer.type === "opaqueredirect")
        throw new Told("You are signed out. Sign in again, and choose the same document: it goes on from here.");
      const found = await answer.json().catch(() => ({}));
      if (answer.ok || (answer.status === 409 && Number.isInteger(found.received))) return found;
      if (answer.status < 500 && found.code !== "piece.checksum")
        throw new Told(found.message || "This page is out of date: load it again, and choose the same document.");
      again = found.message || "The server can't take it just now. We try again.";
    } catch (fault) {
      if (fault instanceof Told) throw fault;
    }
    say(again);
    await wait(WAITS[Math.min(round, WAITS.length - 1)]);
  }
};

const send = async (file, declared) => {
  const whole = await file.arrayBuffer();
  const piece = async (from, size) => {
    const body = whole.slice(from, from + size);
    return [body, { "Content-Type": "application/octet-stream", "Piece-Sha256": await checksum(body) }];
  };
  const show = (received) => {
    const percent = Math.floor((received * 100) / file.size);
    bar.value = percent;
    say(`${percent}% of ${file.name} is here.`);
  };
  const [first, headers] = await piece(0, FIRST);
  const stands = await ask(form.dataset.upload, first, {
    ...headers,
    "Upload-Name": encodeURIComponent(file.name),
    "Upload-Size": String(file.size),
    "Upload-Sha256": await checksum(whole),
  });
  let received = stands.received;
  show(received);
  while (!stands.next && received < file.size) {
    const [body, more] = await piece(received, PIECE);
    received = (await ask(stands.url, body, { ...more, "Upload-Offset": String(received) })).received;
    show(received);
  }
  say("All of it is here. We look at it.");
  if (stands.next && !declared) return stands.next;
  return (await ask(stands.finish, declared ?? "", {})).next;
};

// What the other button declares beside the document: it is handed in at once.
const declaration = (pressed) => {
  if (pressed?.name !== "at_once") return undefined;
  const sent = new FormData(form, pressed);
  const names = ["form_key", "own_work", "ai_use", "ai_note", "seen"].filter((name) => sent.has(name));
  return new URLSearchParams([["at_once", "on"], ...names.map((name) => [name, sent.get(name)])]);
};

form?.addEventListener("submit", async (event) => {
  const file = input.files[0];
  if (!file || !file.size || file.size > Number(form.dataset.limit) || !globalThis.crypto?.subtle) return;
  event.preventDefault();
  event.stopPropagation();
  if (busy) return;
  busy = true;
  for (const button of buttons) button.disabled = true;
  box.hidden = false;
  refused.hidden = true;
  try {
    location.assign(await send(file, declaration(event.submitter)));
  } catch (fault) {
    box.hidden = true;
    refused.querySelector("a").textContent =
      fault instanceof Told ? fault.message : "This document can't be read any more: choose it again.";
    refused.hidden = false;
    refused.focus();
    busy = false;
    for (const button of buttons) button.disabled = false;
  }
}, true);
