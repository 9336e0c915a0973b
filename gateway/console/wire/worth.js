/** What a class of things is worth here: only what stands or was paid, never an invented figure. */

import { markets } from "./venue.js";

const DIGITS = { P1: "1", P2: "2", P0: "0" };

/** The title market of a class at a delivery point: {spec, ticker}, or null if there is none. */
export function titleMarket(model, grade, provenance, point) {
  return markets.get().get(`T.${model}.${grade}${DIGITS[provenance]}.${point}`) ?? null;
}

/** The lease market of a model whose month comes next, one that traded before one that did not. */
export function leaseMarket(model, point) {
  const rows = [...markets.get().values()].filter(
    ({ spec }) => spec.kind === "lease" && spec.model === model && spec.delivery_point === point,
  );
  rows.sort((one, other) => (one.spec.market < other.spec.market ? -1 : 1));
  return rows.find(({ ticker }) => ticker?.last_ticks) ?? rows[0] ?? null;
}
