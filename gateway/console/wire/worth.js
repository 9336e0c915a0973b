/** What a class is worth here: the venue reckons it, the page and the command line show it. */

import { useEffect, useState } from "../vendor/htm-preact-standalone.module.js";
import { nowNs } from "../core/clock.js";
import { read } from "./rest.js";

/** The venue's reply for so many lots of a class; null while it is asked for, else {problem}. */
export function useWorth({ model, grade, provenance, lots }, point) {
  const [worth, set] = useState(null);
  useEffect(() => {
    let isWanted = true;
    set(null);
    const symbol = `T.${model}.${grade}${provenance[1]}.${point}`;
    read(`/v1/markets/${symbol}/worth`, { lots }).then(
      (told) => isWanted && set(told),
      (problem) => isWanted && set({ problem }),
    );
    return () => {
      isWanted = false;
    };
  }, [model, grade, provenance, lots, point]);
  return worth;
}

/** Whether a market has traded for the last time: its month begins, or has begun. */
export function isOver(spec) {
  return spec.last_trade_ns !== null && BigInt(spec.last_trade_ns) <= nowNs();
}
