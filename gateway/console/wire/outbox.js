/**
 * The outbox: every act of the page goes through it, and each intent is done once (WIRE 4).
 *
 * An intent that was pressed has one key until the venue's answer came, however often it is
 * pressed, and is kept in the browser's storage until then, a seat's apart. Without an answer it is
 * sent again under its key for as long as its sender waits; later the venue is only asked what
 * became of it, also after a cut and after the page was loaded anew. What the venue never took, and
 * whose signature has run out, was not done and never will be.
 */

import { cell } from "../core/cell.js";
import { kept } from "../core/kept.js";
import { newKey } from "../core/signing.js";
import { firstAnswer, sendCommand, validMs } from "./commands.js";
import { Problem } from "./rest.js";
import { seated } from "./seat.js";
import { line } from "./socket.js";

const KEPT = "gpubourse.outbox";
const FRESH_MS = 20_000; // after a press: so long it is sent, later only asked for
const MARGIN_MS = 2_000; // between two clocks
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000];

/** Map of an intent's name -> {key, op, args, principal, state, sentMs}; sending or asking. */
export const waiting = cell(new Map());

const underWay = new Map(); // name -> the promise of its answer
const woken = new Set(); // who pauses, to be woken when the venue may be there again
const pressedMs = new Map(); // name -> when it was last pressed here
let tellEnded = () => null;

/** *told* hears how each act ended: (intent, {reply} or {problem}, whether its view is gone). */
export function whenEnded(told) {
  tellEnded = told;
}

/** Follows line and seat: what has no answer yet is asked for as soon as it can be. */
export function follow() {
  let wasUp = false;
  line.watch(() => {
    const { isUp } = line.get();
    if (isUp && !wasUp) wake();
    wasUp = isUp;
  });
  seated.watch(takeUp);
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", () => document.hidden || wake());
  takeUp();
}

/** Has an intent done, once; the reply, or its Problem. The same intent again joins the first. */
export function press(intent) {
  const { name } = intent;
  pressedMs.set(name, Date.now());
  if (underWay.has(name)) {
    wake();
    return underWay.get(name);
  }
  if (intent.run) return begun(name, alone(intent));
  const seat = seated.get();
  if (!seat) {
    const problem = new Problem({ code: "no_session", status: 401 });
    tellEnded(intent, { problem }, false);
    return Promise.reject(problem);
  }
  const before = stored(seat).find((each) => each.name === name); // of another tab of this seat
  const entry = before ?? made(intent, seat);
  entry.raw = intent.raw;
  write(entry);
  return begun(name, locked(entry, () => settle(entry, false)));
}

const made = ({ name, op, args }, { principal, venue }) => ({
  key: newKey(),
  name,
  op,
  args,
  principal,
  venue,
  state: "sending",
  sentMs: 0,
});

/** Whether an intent has no answer yet. */
export const isWaiting = (name) => underWay.has(name);

/** How many acts of this seat have no answer yet. */
export const unanswered = () => waiting.get().size;

function begun(name, promise) {
  underWay.set(name, promise);
  waiting.touch();
  const over = () => {
    underWay.delete(name);
    pressedMs.delete(name);
    waiting.touch();
  };
  promise.then(over, over);
  return promise;
}

/** What is done to the seat itself: one at a time, and its end is told like any other. */
async function alone(intent) {
  try {
    const reply = await intent.run();
    tellEnded(intent, { reply }, false);
    return reply;
  } catch (problem) {
    tellEnded(intent, { problem }, false);
    throw problem;
  }
}

/** Sends an entry while its sender waits, then asks what became of it, until there is an end. */
async function settle(entry, isTakenUp) {
  let isUnanswered = isTakenUp;
  for (let tries = 0; ; tries += 1) {
    mustBeSeated(entry);
    const isFresh = Date.now() - (pressedMs.get(entry.name) ?? 0) < FRESH_MS;
    try {
      if (isFresh && canSend(entry)) return ended(entry, await sent(entry), isTakenUp);
      setState(entry, "asking");
      return ended(entry, await firstAnswer(entry.key), isTakenUp);
    } catch (problem) {
      mustBeSeated(entry);
      if (problem.code === "unknown_key") {
        if (isTooLate(entry) && !isFresh) throw failed(entry, notDone(), isTakenUp);
      } else if (!isUnknown(problem, isUnanswered)) {
        throw failed(entry, problem, isTakenUp);
      }
      isUnanswered = true;
      await pause(problem.waitMs || PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]);
    }
  }
}

/** A report's bytes are not kept: after a reload it can only be asked for. */
const canSend = (entry) => entry.raw !== undefined || entry.op !== "import.new";

function sent(entry) {
  entry.sentMs = Date.now();
  write(entry); // before it leaves: else nobody would know of it after a crash
  setState(entry, "sending");
  return sendCommand(entry, entry.key, entry.sentMs);
}

/** Past its time no venue takes what was signed. */
const isTooLate = (entry) => Date.now() > entry.sentMs + validMs(entry.op) + MARGIN_MS;

/**
 * Whether a problem leaves open what became of a command: no answer, or no judgement of the engine.
 *
 * The door's own refusals (log on, too fast) judge this try alone: an earlier one may be on record.
 */
function isUnknown({ status, code }, isUnanswered) {
  if (status >= 500 || code === "unreachable") return true;
  if (code === "too_late") return true; // it was too long on its way: it is signed anew
  return isUnanswered && (status === 401 || status === 429);
}

const notDone = () => new Problem({ code: "not_done" });

/** Another seat, or none: what is open is taken up when this one is taken again. */
function mustBeSeated(entry) {
  if (seated.get()?.principal !== entry.principal) throw new Left();
}

class Left extends Error {}

function ended(entry, reply, isTakenUp) {
  drop(entry);
  tellEnded(entry, { reply }, isTakenUp);
  return reply;
}

function failed(entry, problem, isTakenUp) {
  drop(entry);
  tellEnded(entry, { problem }, isTakenUp);
  return problem;
}

function setState(entry, state) {
  entry.state = state;
  waiting.touch();
}

function pause(ms) {
  return new Promise((done) => {
    const go = () => {
      clearTimeout(timer);
      woken.delete(go);
      done();
    };
    const timer = setTimeout(go, ms);
    woken.add(go);
  });
}

function wake() {
  [...woken].forEach((go) => go());
  takeUp();
}

/** What was left without an answer by a page that is gone: by this tab's reload, or another tab. */
function takeUp() {
  const seat = seated.get();
  const mine = new Map([...waiting.get()].filter(([, each]) => each.principal === seat?.principal));
  waiting.set(mine);
  if (!seat) return;
  stored(seat)
    .filter((entry) => !underWay.has(entry.name))
    .forEach((entry) => {
      const go = () => (isStored(entry) ? settle(show(entry), true) : null);
      begun(entry.name, locked(entry, go, { ifAvailable: true })).catch(() => null);
    });
}

/** One page at a time sees to an entry; a page that is gone holds nothing. */
function locked(entry, act, options = {}) {
  return navigator.locks.request(`${KEPT}/${entry.key}`, options, (lock) => (lock ? act() : null));
}

const place = ({ venue, principal }) => `${KEPT}/${venue}/${principal}/`;
const isStored = (entry) => kept.get(place(entry) + entry.key) !== null;

function write(entry) {
  const { raw, ...plain } = entry;
  kept.set(place(entry) + entry.key, JSON.stringify(plain));
  show(entry);
}

function show(entry) {
  waiting.get().set(entry.name, entry);
  waiting.touch();
  return entry;
}

function drop(entry) {
  kept.remove(place(entry) + entry.key);
  waiting.get().delete(entry.name);
  waiting.touch();
}

/** Every entry kept for a seat, oldest first (a key begins with its time). */
function stored(seat) {
  const start = place(seat);
  return kept
    .keys()
    .filter((name) => name.startsWith(start))
    .sort()
    .map((name) => JSON.parse(kept.get(name))) // null: another tab saw to it just now
    .filter(Boolean);
}
