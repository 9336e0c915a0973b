/** What a class is worth here: the venue reckons it, the page and the command line show it. */

import { nowNs } from "../core/clock.js";
import { read } from "./rest.js";

/** The venue's reply for so many lots of a class at a place. */
export function worthOf({ model, grade, provenance, lots }, point) {
  return read(`/v1/markets/T.${model}.${grade}${provenance[1]}.${point}/worth`, { lots });
}

/** Whether a market has traded for the last time: its month begins, or has begun. */
export function isOver(spec) {
  return spec.last_trade_ns !== null && BigInt(spec.last_trade_ns) <= nowNs();
}
