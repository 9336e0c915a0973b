/** The seat's own things as they change: open orders, fills, settlements and cash. */

import { cell } from "../core/cell.js";
import { list } from "./rest.js";
import { seated } from "./seat.js";
import { listen } from "./socket.js";

const FILLS_KEPT = 100;
const RETRY_MS = 2_000;

/** Maps by id; cash by account; fills, newest first. Null until heard, and without a session. */
export const orders = cell(null);
export const settlements = cell(null);
export const cash = cell(null);
export const fills = cell(null);

let stops = [];
let early = []; // fills heard before the list of those that were
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
  [orders, settlements, cash, fills].forEach((kept) => kept.set(null));
  early = [];
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
  askFills(principal);
}

/** Those before this page was there; asked for until they came. */
async function askFills(principal) {
  try {
    const rows = await list("/v1/fills", {}, FILLS_KEPT);
    if (followed === principal) fills.set(newestFirst([...early, ...rows]));
  } catch (problem) {
    const isWanted = problem.isRetryable && followed === principal;
    if (isWanted) setTimeout(() => askFills(principal), RETRY_MS);
  }
}

const isFinal = (state) => ["settled", "unwound", "adjusted"].includes(state);

/** A listener that keeps a feed's rows in a cell; what *stays* says no to is dropped. */
function into(kept, id, stays) {
  return (message) => {
    if (!message.body) return;
    const isWhole = message.kind === "snapshot";
    const rows = isWhole ? new Map() : (kept.get() ?? new Map());
    [message.body].flat().forEach((row) => {
      if (stays(row)) rows.set(row[id], row);
      else rows.delete(row[id]);
    });
    if (isWhole) kept.set(rows);
    else kept.touch();
  };
}

function heardFills(message) {
  if (!message.body) return;
  if (fills.get()) fills.set(newestFirst([...message.body, ...fills.get()]));
  else early.push(...message.body);
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
  const accounts = cash.get();
  if (!accounts) return null;
  return BigInt(accounts.get(`${seated.get()?.party}/available`)?.balance_minor ?? 0);
}

/**
 * For which own bid each hold of cash is: {hold -> order}. *bids*: rows of `GET /v1/orders`.
 *
 * A bid's amount is held under a number of its own; both are given out in the order of their bids.
 */
export function heldFor(bids) {
  const holds = heldRows()
    .map(({ account, balance_minor: amount }) => [account.split("/")[2], amount])
    .sort(byNumber);
  const left = bids.map(({ order, held_minor: amount }) => [order, amount]).sort(byNumber);
  const found = new Map();
  holds.forEach(([hold, amount]) => {
    const at = left.findIndex(([, held]) => held === amount);
    if (at >= 0) found.set(hold, left.splice(at, 1)[0][0]);
  });
  return found;
}

/** The own accounts in which a bid's cash is held. */
export const heldRows = () =>
  [...(cash.get()?.values() ?? [])].filter(({ account }) => account.includes("/on_hold/"));

const numberOf = ([id]) => Number(id.split("-")[1]);
const byNumber = (one, other) => numberOf(one) - numberOf(other);

/** Own open lots at a price of a market: {bid, ask} -> Map of ticks -> lots. */
export function ownLevels(market) {
  const levels = { bid: new Map(), ask: new Map() };
  orders.get()?.forEach((order) => {
    if (order.market !== market) return;
    const side = levels[order.side];
    side.set(order.price_ticks, (side.get(order.price_ticks) ?? 0) + order.open_lots);
  });
  return levels;
}
