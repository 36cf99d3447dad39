// The log of writing in the browser: what changed since the last step, as a change that can be undone.
// Positions are counted in code points, as the server counts, not in UTF-16 units; assessment/rules/steps.py says more.

const MANY = 200; // unsent steps, from which on fewer are made
const SELDOM = 60000; // milliseconds between steps then
const BATCH = 100;

/** A text as the server keeps it: one kind of line end, no NUL, no half of a surrogate pair. */
export const clean = (text) =>
  (text ?? "").replaceAll("\r\n", "\n").replaceAll("\r", "\n").replaceAll("\0", "").replace(/\p{Surrogate}/gu, "?");

/** How many code points a text has. */
export const points = (text) => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

const splits = (text, place) => /[\uD800-\uDBFF]/.test(text[place - 1] ?? "") && /[\uDC00-\uDFFF]/.test(text[place] ?? "");

/** Where two texts differ: position in code points, what is removed there, what is inserted. */
export const between = (old, now) => {
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old[start] === now[start]) start += 1;
  if (splits(old, start) || splits(now, start)) start -= 1;
  let end = 0;
  while (end < shorter - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  if (end && (splits(old, old.length - end) || splits(now, now.length - end))) end -= 1;
  return {
    position: points(old.slice(0, start)),
    removed: old.slice(start, old.length - end),
    inserted: now.slice(start, now.length - end),
  };
};

/** The text after a step, or null where the step is none of this text. */
export const apply = (text, { position, removed, inserted }) => {
  const signs = [...text];
  const before = signs.slice(0, position).join("");
  if (position > signs.length || !text.startsWith(removed, before.length)) return null;
  return before + inserted + text.slice(before.length + removed.length);
};

// --- SHA-256, here and now: the browser's own answers later, and only on secure pages ---------------------------------
const FRACTIONS = (() => {
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((prime) => n % prime)) primes.push(n);
  const bits = (value) => ((value - Math.floor(value)) * 2 ** 32) | 0;
  return { start: primes.slice(0, 8).map((n) => bits(n ** (1 / 2))), round: primes.map((n) => bits(Math.cbrt(n))) };
})();
const turn = (word, by) => (word >>> by) | (word << (32 - by));

/** The SHA-256 of a text in UTF-8, hexadecimal. */
export const digest = (text) => {
  const bytes = new TextEncoder().encode(text);
  const blocks = new DataView(new ArrayBuffer(((bytes.length + 8) >> 6 << 6) + 64));
  new Uint8Array(blocks.buffer).set(bytes);
  blocks.setUint8(bytes.length, 0x80);
  blocks.setUint32(blocks.byteLength - 8, Math.floor(bytes.length / 2 ** 29));
  blocks.setUint32(blocks.byteLength - 4, bytes.length << 3);
  const hash = [...FRACTIONS.start];
  const words = new Int32Array(64);
  for (let block = 0; block < blocks.byteLength; block += 64) {
    for (let i = 0; i < 16; i += 1) words[i] = blocks.getInt32(block + 4 * i);
    for (let i = 16; i < 64; i += 1) {
      const [a, b] = [words[i - 15], words[i - 2]];
      words[i] = words[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + words[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = hash;
    for (let i = 0; i < 64; i += 1) {
      const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + FRACTIONS.round[i] + words[i]) | 0;
      const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => (hash[i] = (hash[i] + word) | 0));
  }
  return hash.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
};

const found = (name) => {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
};

/** The steps that the server does not have yet, on top of the texts that it has. Kept on the device under `name`. */
export class Log {
  constructor(name, texts, revision) {
    this.name = name;
    this.found = found(name);
    this.reset(texts, revision);
  }

  /** Begin anew on texts that the server has under this revision. */
  reset(texts, revision) {
    this.texts = Object.fromEntries(Object.entries(texts).map(([part, text]) => [part, clean(text)]));
    this.hashes = Object.fromEntries(Object.entries(this.texts).map(([part, text]) => [part, digest(text)]));
    this.last = revision;
    this.queue = [];
    this.keep();
  }

  /** Whether everything is with the server. */
  get empty() {
    return this.queue.length === 0;
  }

  /** Record what changed since the last step, as a step for each part; `at` in milliseconds. */
  cut(texts, how, at) {
    const newest = this.queue.at(-1);
    if (how === "typed" && this.queue.length >= MANY && at - newest.at < SELDOM) return;
    const before = this.queue.length;
    for (const [part, raw] of Object.entries(texts)) {
      const [old, now] = [this.texts[part] ?? "", clean(raw)];
      if (old === now) continue;
      const hash = digest(now);
      this.last += 1;
      this.queue.push({
        number: this.last,
        part,
        ...between(old, now),
        before: this.hashes[part] ?? digest(""),
        after: hash,
        at: Math.round(at),
        how,
      });
      this.texts[part] = now;
      this.hashes[part] = hash;
    }
    if (this.queue.length > before) this.keep();
  }

  /** The next steps to send, in order. */
  batch() {
    return this.queue.slice(0, BATCH);
  }

  /** The server has everything up to this number. */
  acknowledge(number) {
    this.queue = this.queue.filter((step) => step.number > number);
    this.keep();
  }

  /** Take up the steps that an earlier page has left on this device, if they follow on what the server has. */
  resume() {
    const steps = this.found;
    if (!Array.isArray(steps) || !steps.length) return false;
    const texts = { ...this.texts };
    for (const [place, step] of steps.entries()) {
      const now = step.number === this.last + 1 + place ? apply(texts[step.part] ?? "", step) : null;
      if (now === null) return false;
      texts[step.part] = now;
    }
    const hashes = Object.fromEntries(Object.entries(texts).map(([part, text]) => [part, digest(text)]));
    const newest = steps.at(-1);
    if (hashes[newest.part] !== newest.after) return false;
    Object.assign(this, { texts, hashes, queue: steps, last: newest.number });
    this.keep();
    return true;
  }

  keep() {
    try {
      if (this.queue.length) localStorage.setItem(this.name, JSON.stringify(this.queue));
      else localStorage.removeItem(this.name);
    } catch {
      // A browser that keeps nothing still has the page itself.
    }
  }
}
