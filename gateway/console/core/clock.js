/** Venue time as the page knows it: the latest that the venue said, carried on at its speed. */

import { cell } from "./cell.js";

const MS_NS = 1_000_000n;

export const SILENT_MS = 3_000;
const TICK_MS = 1_000;

/** When the venue was last heard, and why it may not be heard now ("" while all is well). */
export const silence = cell({ isSilent: true, reason: "opening" });

/** Venue time as of the last second: every age on the page is reckoned from this one. */
export const present = cell(0n);

let saidNs = 0n;
let heardMs = 0;
let shownNs = 0n; // the latest that anybody was told: nobody is told an earlier one
let ticked = 0;
let lastWordMs = -SILENT_MS;
let speed = 1;
let trouble = "";

/**
 * The stamp of something that happened: time is that far, or further.
 *
 * Snapshots and heartbeats bear the stamp of the last event, however long ago that was.
 */
export function hear(atNs) {
  if (BigInt(atNs) > carriedNs()) take(BigInt(atNs));
}

/** The venue's own time now. If the page ran ahead of it, its clock stands until it is right. */
export function hearNow(atNs, atSpeed) {
  speed = Number(atSpeed ?? speed);
  take(BigInt(atNs));
  tick();
}

function take(atNs) {
  saidNs = atNs;
  heardMs = performance.now();
  if (!present.get()) tick();
}

/** Venue seconds a wall second: 0 while a demo stands still. */
export function setSpeed(next) {
  if (saidNs) take(carriedNs());
  speed = Number(next);
}

export const speedNow = () => speed;

/** Any word from the venue: it lives. */
export function alive() {
  lastWordMs = performance.now();
  trouble = "";
  look();
}

/** Why the line is down, in a word of the catalogue (`silence.<why>`). */
export function cut(why) {
  trouble = why;
  look();
}

/** Venue time now, in ns, and never earlier than before; 0n before the venue first spoke. */
export function nowNs() {
  const now = carriedNs();
  if (now > shownNs) shownNs = now;
  return shownNs;
}

function carriedNs() {
  if (!saidNs) return 0n;
  return saidNs + BigInt(Math.round((performance.now() - heardMs) * speed)) * MS_NS;
}

function tick() {
  ticked = performance.now();
  present.set(nowNs());
}

function look() {
  const isSilent = performance.now() - lastWordMs > SILENT_MS;
  const reason = isSilent ? trouble || "silent" : "";
  const was = silence.get();
  if (was.isSilent !== isSilent || was.reason !== reason) silence.set({ isSilent, reason });
}

function lookAndTick() {
  look();
  if (performance.now() - ticked >= TICK_MS) tick();
}

/** Looks four times a second whether the venue has gone silent, and lets ages grow. */
export function keepLooking() {
  setInterval(lookAndTick, 250);
}
