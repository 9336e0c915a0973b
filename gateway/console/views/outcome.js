/** How each act ended, in words: from the venue's reply, never from what the page hoped for. */

import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { markets } from "../wire/venue.js";
import { said } from "./notice.js";

const LISTED = 4;

/** What an act was, as a sentence's subject. */
export function actWords({ op, args }) {
  if (op === "order.new") return orderWords(args);
  if (op === "order.cancel_all" && args.market) return t("act.cancel_all_in", args);
  if (op === "withdrawal.new") {
    const { amount_minor: n, to_account: account } = args;
    return t("act.withdrawal_new", { n: show.money(n), account });
  }
  const listed = Object.entries(args).map(([name, value]) => [name, inShort(value)]);
  return tOr(`act.${op.replace(".", "_")}`, op, Object.fromEntries(listed));
}

/** A list with its first members alone; all else as it is. */
function inShort(value) {
  if (!Array.isArray(value)) return value;
  return `${value.slice(0, LISTED).join(", ")}${value.length > LISTED ? " …" : ""}`;
}

function orderWords({ market, side, price_ticks: ticks, lots }) {
  const row = markets.get().get(market);
  const price = row ? show.priceWords(row.spec, ticks) : "…";
  return t(`act.order_new_${side}`, { market, price, n: lots, lots: show.count(lots) });
}

/** Tells how an act ended; *isTakenUp*: nobody waits for it any more, so it is named in full. */
export function tell(intent, { reply, problem }, isTakenUp) {
  const about = isTakenUp ? { after: () => actWords(intent) } : {};
  if (problem) said(problem, about);
  else said(() => words(intent, reply), {}, about);
}

/** [key, figures] of what the reply says. */
export function words({ op, args }, reply) {
  const result = reply?.result ?? reply;
  if (isWaitingForAnother(op, result)) return ["act.proposed", result];
  return OUTCOMES[op](result, args);
}

/** Whether an act itself waits for a second signature. A report is registered all the same. */
const isWaitingForAnother = (op, result) =>
  Boolean(result?.proposal && result.needs) && op !== "import.new";

const OUTCOMES = {
  "order.new": ordered,
  "order.amend": amended,
  "order.cancel": ({ order, lots_ended: n }) => ["orders.cancelled", { order, n: show.count(n) }],
  "order.cancel_all": ({ orders: { length: n } }, { market }) => {
    const where = market ? "_in" : "";
    if (!n) return [`orders.nothing_to_cancel${where}`, { market }];
    return [`orders.all_cancelled${where}`, { n, shown: show.count(n), market }];
  },
  "settlement.accept": ({ settlement }) => ["settlement.taken", { settlement }],
  "withdrawal.new": ({ payment, amount_minor: n }) => [
    "withdraw.asked",
    { payment, n: show.money(n) },
  ],
  "proposal.withdraw": ({ proposal }) => ["proposal.taken_back", { proposal }],
  "import.new": ({ nodes, proposal }) => {
    if (!nodes.length) return ["dump.known", {}];
    const figures = { n: nodes.length, shown: show.count(nodes.length), proposal };
    return [proposal ? "dump.registered" : "dump.registered_alone", figures];
  },
  enrol: ({ called }) => ["seat.enrolled", { called }],
  discard: ({ proposal }) => ["pending.deleted", { proposal }],
  sit: ({ called }) => ["seat.sat", { called }],
  leave: ({ called, isReached }) => [
    isReached ? "seat.left" : "seat.left_unheard",
    { called },
  ],
  forget: ({ called }) => ["seat.forgotten", { called }],
};

/** What an order became by a change; where that ended it, how. */
function amended(result) {
  const [key, figures] = ordered(result);
  if (key === "ticket.ended") return [key, figures]; // of a change no thing is named
  const row = markets.get().get(result.market);
  const price = row ? show.priceWords(row.spec, result.price_ticks) : "…";
  return [`ticket.${figures.n ? "changed_traded" : "changed"}`, { ...figures, price }];
}

/** What came of an order now: of a change, what it met before is no news. */
function ordered({ order, state, fills, open_lots: open, cause }, { nodes = [] } = {}) {
  const filled = fills.reduce((sum, { lots }) => sum + lots, 0);
  const figures = {
    order,
    n: filled,
    shown: show.count(filled),
    open: show.count(open),
    state: t(`state.${state}`),
    cause: cause ? tOr(`cause.${cause}`, cause) : "",
    things: show.things(nodes),
  };
  const end = cause ? "ended" : filled ? "traded" : "placed";
  return [`ticket.${end}${nodes.length ? "_things" : ""}`, figures];
}
