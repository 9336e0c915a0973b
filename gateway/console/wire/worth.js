/** Where a thing would be sold or let here: the markets whose figures say what it is worth. */

import { nowNs } from "../core/clock.js";
import { markets } from "./venue.js";

/** The title market of a class at a delivery point: {spec, ticker}, or null if there is none. */
export function titleMarket(model, grade, provenance, point) {
  return markets.get().get(`T.${model}.${grade}${provenance[1]}.${point}`) ?? null;
}

/** The lease market of the next month that can still be let; one that traded, if there is one. */
export function leaseMarket(model, point) {
  const rows = [...markets.get().values()].filter(
    ({ spec }) =>
      spec.kind === "lease" &&
      spec.model === model &&
      spec.delivery_point === point &&
      !isOver(spec),
  );
  rows.sort((one, other) => (one.spec.market < other.spec.market ? -1 : 1));
  return rows.find(({ ticker }) => ticker?.last_ticks) ?? rows[0] ?? null;
}

/** Whether a market has traded for the last time: its month begins, or has begun. */
export function isOver(spec) {
  return spec.last_trade_ns !== null && BigInt(spec.last_trade_ns) <= nowNs();
}
