/** The seat's own things as they change: open orders, fills, settlements and cash. */

import { cell } from "../core/cell.js";
import { list } from "./rest.js";
import { command, seated } from "./seat.js";
import { listen } from "./socket.js";

const FILLS_KEPT = 100;

/** Maps by id; cash by account. Empty without a session. */
export const orders = cell(new Map());
export const settlements = cell(new Map());
export const cash = cell(new Map());
export const fills = cell([]);

let stops = [];
let followed = "";

/** Follows whoever sits here; again after each change of seat. */
export function follow() {
  seated.watch(begin);
  begin();
}

function begin() {
  const principal = seated.get()?.principal ?? "";
  if (principal === followed) return;
  followed = principal;
  stops.forEach((stop) => stop());
  stops = [];
  [orders, settlements, cash].forEach((kept) => kept.set(new Map()));
  fills.set([]);
  const party = seated.get()?.party;
  if (!party) return;
  stops = [
    listen(
      `orders/${party}`,
      into(orders, "order", (row) => row.state === "open"),
    ),
    listen(
      `settlements/${party}`,
      into(settlements, "settlement", (row) => !isFinal(row.state)),
    ),
    listen(
      `cash/${party}`,
      into(cash, "account", (row) => row.balance_minor !== 0),
    ),
    listen(`fills/${party}`, heardFills),
  ];
  list("/v1/fills", {}, FILLS_KEPT)
    .then((rows) => fills.set(newestFirst([...fills.get(), ...rows])))
    .catch(() => null);
}

const isFinal = (state) => ["settled", "unwound", "adjusted"].includes(state);

/** A listener that keeps a feed's rows in a cell; what *stays* says no to is dropped. */
function into(kept, id, stays) {
  return (message) => {
    if (!message.body) return;
    const rows = kept.get();
    if (message.kind === "snapshot") rows.clear();
    [message.body].flat().forEach((row) => {
      if (stays(row)) rows.set(row[id], row);
      else rows.delete(row[id]);
    });
    kept.touch();
  };
}

function heardFills(message) {
  if (message.body) fills.set(newestFirst([...message.body, ...fills.get()]));
}

/** Each fill once, the newest first. */
function newestFirst(rows) {
  const byId = new Map(rows.map((row) => [row.fill, row]));
  return [...byId.values()]
    .sort((one, other) => (BigInt(one.at_ns) < BigInt(other.at_ns) ? 1 : -1))
    .slice(0, FILLS_KEPT);
}

/** Cash free to use, in minor units; null before it was heard. */
export function availableMinor() {
  const row = cash.get().get(`${seated.get()?.party}/available`);
  return row ? BigInt(row.balance_minor) : null;
}

/** Own open lots at a price of a market: {bid, ask} -> Map of ticks -> lots. */
export function ownLevels(market) {
  const levels = { bid: new Map(), ask: new Map() };
  orders.get().forEach((order) => {
    if (order.market !== market) return;
    const side = levels[order.side];
    side.set(order.price_ticks, (side.get(order.price_ticks) ?? 0) + order.open_lots);
  });
  return levels;
}

export const place = (args) => command("order.new", "POST", "/v1/orders", args);

export const cancel = (order) =>
  command("order.cancel", "DELETE", `/v1/orders/${order}`, { order }, { body: undefined });

/** Takes what was delivered: title and cash change hands. */
export const accept = (settlement) =>
  command(
    "settlement.accept",
    "POST",
    `/v1/settlements/${settlement}/accept`,
    { settlement },
    { body: {} },
  );

export const cancelAll = () => command("order.cancel_all", "POST", "/v1/orders/cancel_all", {});
