/**
 * The one socket: feeds by name, numbered, resumed with `since` and `seen` (WIRE 5 and 6).
 *
 * A view listens to a feed and hears its messages in order; the first is always a snapshot where
 * the feed has one. When the last listener leaves, the feed is given back.
 */

import { cell } from "../core/cell.js";
import { alive, cut, hear, setSpeed, SILENT_MS } from "../core/clock.js";
import { HeldHistory, OtherHistory } from "../core/history.js";
import { language } from "../core/words.js";
import { beginAt, heardOf } from "./newest.js";
import { ticket } from "./seat.js";

const BACKOFF_MS = 100;
const BACKOFF_MOST_MS = 10_000;
const DEAD = 0; // no close came: it had only gone silent
const REASONS = { [DEAD]: "silent", 1001: "leaving", 4013: "full" };
const LOG_ON_AGAIN_MS = 1_000;
const PROTOCOL = "gpubourse.v1.json";

/** What the line has seen: position, gaps mended, reconnections, deltas skipped for slowness. */
export const line = cell({ isUp: false, position: 0, gaps: 0, cuts: 0, missed: 0 });

const feeds = new Map(); // name -> {listeners, seq, parts, isWild}
let socket = null;
let nextId = 1;
let since = 0; // up to here everything was heard on every feed
let history = new HeldHistory();
let tellReplaced = () => null;
let isTakenUp = false; // whether this socket was asked for every feed
let tries = 0;
let retry = 0; // the timer until the line is tried again; 0: none waits
let lastMs = 0;
let seatTaken = Promise.resolve(); // until then nobody knows as whom to log on
let asked = new Map(); // id -> feeds of a subscribe that is under way

/**
 * Hears a feed until the returned function is called. *wild* names (`ticker/*`) hear every key.
 *
 * *from*: the position up to which the listener knows it all by REST; it then hears what came
 * after, where the venue still has that, else a snapshot.
 */
export function listen(name, listener, from = 0) {
  const feed = feeds.get(name) ?? { listeners: new Set(), seqs: new Map(), parts: [], from };
  const isNew = !feeds.has(name);
  feeds.set(name, feed);
  feed.listeners.add(listener);
  if (isNew) subscribe([name], from);
  else resync(name); // a snapshot for the newcomer; the others replace what they hold
  return () => {
    feed.listeners.delete(listener);
    if (feed.listeners.size) return;
    feed.seqs.forEach((_, held) => history.left(held));
    feeds.delete(name);
    if (line.get().isUp) say({ op: "unsubscribe", feeds: [name] });
  };
}

/** Opens the line, and keeps it open; again after the seat changed. It logs on once *taken* is. */
export function open(taken = seatTaken) {
  seatTaken = taken;
  if (socket) {
    const old = socket;
    socket = null;
    old.close(1000);
  }
  feeds.forEach((feed) => {
    feed.seqs.clear();
    feed.from = 0;
  });
  since = 0;
  history.forget();
  connect();
}

/** *told* is called with how far was heard, when the venue turns out to have another history. */
export function whenReplaced(told) {
  tellReplaced = told;
}

/** Takes one message; a history that is not the one held ends the line for good. */
function heard(message) {
  try {
    take(message);
  } catch (error) {
    if (!(error instanceof OtherHistory)) throw error;
    const old = socket;
    socket = null;
    old.close(1000);
    tellReplaced(error.seen);
  }
}

function connect() {
  clearTimeout(retry);
  retry = 0;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  lastMs = performance.now();
  const made = new WebSocket(`${scheme}//${location.host}/v1/ws`, PROTOCOL);
  socket = made;
  isTakenUp = false;
  made.onmessage = (message) => {
    if (socket !== made) return;
    lastMs = performance.now();
    heard(JSON.parse(message.data));
  };
  made.onclose = (closed) => {
    if (socket === made) lost(closed.code);
  };
}

function lost(code) {
  socket = null;
  asked = new Map();
  const known = line.get();
  line.set({ ...known, isUp: false, cuts: known.cuts + (known.isUp ? 1 : 0) });
  cut(REASONS[code] ?? "cut");
  tries += 1;
  const most = Math.min(BACKOFF_MOST_MS, BACKOFF_MS * 2 ** tries);
  retry = setTimeout(() => socket === null && connect(), Math.random() * most);
}

/** The browser has its network back: who waits to try again waits no longer. */
function tryAtOnce() {
  if (!retry || socket) return;
  tries = 0;
  connect();
}

function say(message) {
  const id = nextId;
  nextId += 1;
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ ...message, id }));
  return id;
}

function take(message) {
  if (message.at_ns) hear(message.at_ns);
  if (message.feed || message.control === "heartbeat") alive(); // a greeting alone is no figure
  if (message.feed) {
    heardOf(message.seq);
    return feedSaid(message);
  }
  if (message.control === "hello") {
    history.met(message);
    return greeted(message);
  }
  if (message.control === "heartbeat") return beat(message);
  if (message.re === "logon") return loggedOn(message);
  if (message.re === "subscribe") return subscribed(message);
  return undefined;
}

async function greeted(hello) {
  setSpeed(hello.speed);
  tries = 0;
  beginAt(hello.position);
  line.set({ ...line.get(), isUp: true, position: hello.position });
  await logOn(socket);
}

/** Logs this socket on; where that fails for now the public half goes on, and it is tried again. */
async function logOn(mine) {
  await seatTaken;
  const word = await ticket().catch(() => undefined); // null: nobody sits here
  if (socket !== mine) return; // another one greets for itself
  if (word) {
    say({ op: "logon", ticket: word, language: language.get() });
    return;
  }
  takeUp();
  if (word === undefined) logOnLater(mine);
}

function logOnLater(mine) {
  setTimeout(() => socket === mine && logOn(mine), LOG_ON_AGAIN_MS);
}

/** A session may end between a ticket and its log-on: then another ticket is asked for. */
function loggedOn(reply) {
  takeUp();
  if (!reply.ok) logOnLater(socket);
}

/** Every feed again: what is held from where it stood, what never came with a snapshot. */
function takeUp() {
  isTakenUp = true;
  const names = [...feeds.keys()];
  const isHeld = (name) => feeds.get(name).seqs.size > 0;
  subscribe(names.filter(isHeld), since, history.pair);
  const others = names.filter((name) => !isHeld(name));
  new Set(others.map((name) => feeds.get(name).from)).forEach((from) =>
    subscribe(others.filter((name) => feeds.get(name).from === from), from),
  );
}

function subscribe(names, from = 0, seen = null) {
  if (!names.length || !line.get().isUp || !isTakenUp) return; // taking up asks for all of them
  const message = { op: "subscribe", feeds: names };
  if (from) message.since = from;
  if (from && seen) message.seen = seen;
  asked.set(say(message), { names, from });
}

function subscribed(reply) {
  const { names, from } = asked.get(reply.id) ?? { names: [], from: 0 };
  asked.delete(reply.id);
  if (!reply.ok) names.forEach((name) => tellRefused(name, reply.error));
  (reply.result?.feeds ?? []).forEach((row) => {
    if ([row.reason, row.error?.code].includes("other_history")) history.other();
    const feed = owner(row.feed);
    if (!feed) return;
    if (!row.ok) tellRefused(row.feed, row.error);
    else if (row.mode === "live") {
      history.begun(row.feed, row.seq);
      feed.seqs.set(row.feed, row.seq);
    } else if (row.mode === "resumed") {
      history.resumed(row.feed, from);
      if (!feed.seqs.has(row.feed)) feed.seqs.set(row.feed, from); // told by REST up to there
    }
  });
}

function tellRefused(name, error) {
  feeds.get(name)?.listeners.forEach((listener) => listener({ kind: "refused", error }));
}

/** The feed that listens to a name: its own, or the wild one of its channel. */
function owner(name) {
  return feeds.get(name) ?? feeds.get(`${name.split("/")[0]}/*`);
}

function feedSaid(message) {
  const feed = owner(message.feed);
  if (!feed) return;
  if (message.kind === "end") {
    feed.seqs.delete(message.feed);
    tellRefused(message.feed, message.error);
    return;
  }
  if (message.kind === "snapshot") {
    const whole = joined(feed, message);
    if (!whole) return;
    history.begun(whole.feed, whole.seq);
    feed.seqs.set(whole.feed, whole.seq);
    if (whole.missed) line.set({ ...line.get(), missed: line.get().missed + whole.missed });
    tell(feed, whole);
    return;
  }
  const held = feed.seqs.get(message.feed);
  if (held !== undefined && message.seq <= held) {
    history.cameAgain(message.feed, message);
    return;
  }
  if (held === undefined || message.prev > held) {
    resync(message.feed, held);
    return;
  }
  history.taken(message.feed, message);
  feed.seqs.set(message.feed, message.seq);
  tell(feed, message);
}

/** Parts of a large snapshot count once all came. */
function joined(feed, message) {
  if (!message.part) return message;
  const [n, of] = message.part;
  if (n === 1) feed.parts = [];
  feed.parts.push(...message.body);
  return n === of ? { ...message, body: feed.parts } : null;
}

function tell(feed, message) {
  const isWhole = [...feed.listeners].map((listener) => listener(message) !== false).every(Boolean);
  if (!isWhole) resync(message.feed); // the listener's check failed: as good as a gap
}

/** Takes one feed up again: with what was missed, or with a snapshot. */
function resync(name, held) {
  if (held !== undefined) line.set({ ...line.get(), gaps: line.get().gaps + 1 });
  owner(name)?.seqs.delete(name);
  history.left(name);
  if (held === undefined) return subscribe([name]);
  owner(name)?.seqs.set(name, held);
  return subscribe([name], held, history.pair);
}

function beat(heartbeat) {
  const { position } = heartbeat;
  const isWhole = isTakenUp && asked.size === 0; // else it tells of what we do not hold
  history.heartbeat(heartbeat, isWhole);
  if (isWhole) since = position;
  heardOf(position);
  if (line.get().position !== position) line.set({ ...line.get(), position });
  Object.entries(heartbeat.seqs ?? {}).forEach(([name, seq]) => {
    const held = owner(name)?.seqs.get(name);
    if (held !== undefined && held < seq) resync(name, held);
  });
}

/** A socket that says nothing for three seconds is dead, whatever TCP thinks. */
export function keepWatch() {
  addEventListener("online", tryAtOnce);
  setInterval(() => {
    const isDead = socket && line.get().isUp && performance.now() - lastMs > SILENT_MS;
    if (!isDead) return;
    const old = socket;
    lost(DEAD);
    old.close();
  }, 1_000);
}
