/** Venue time as the page knows it: what the venue last said, carried on at the venue's speed. */

import { cell } from "./cell.js";

const MS_NS = 1_000_000n;

export const SILENT_MS = 3_000;

/** When the venue was last heard, and why it may not be heard now ("" while all is well). */
export const silence = cell({ isSilent: true, reason: "opening" });

let saidNs = 0n;
let heardMs = 0;
let lastWordMs = -SILENT_MS;
let speed = 1;
let trouble = "";

/** The venue said its time. */
export function hear(atNs) {
  saidNs = BigInt(atNs);
  heardMs = performance.now();
}

/** Venue seconds a wall second: 0 while a demo stands still. */
export function setSpeed(next) {
  if (saidNs) hear(nowNs());
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

/** Venue time now, in ns; 0n before the venue first spoke. */
export function nowNs() {
  if (!saidNs) return 0n;
  return saidNs + BigInt(Math.round((performance.now() - heardMs) * speed)) * MS_NS;
}

function look() {
  const isSilent = performance.now() - lastWordMs > SILENT_MS;
  const reason = isSilent ? trouble || "silent" : "";
  const was = silence.get();
  if (was.isSilent !== isSilent || was.reason !== reason) silence.set({ isSilent, reason });
}

/** Looks four times a second whether the venue has gone silent. */
export function keepLooking() {
  setInterval(look, 250);
}
