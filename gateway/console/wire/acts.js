/**
 * Everything that this page can have done, as intents: what is wanted, in so many words.
 *
 * An intent does nothing by itself: only the outbox sends one (wire/outbox.js). Two that want the
 * same have the same `name`.
 */

import { canonical, sha256 } from "../core/signing.js";
import { discard, enrol, rise, seated, sit, sitFirst } from "./seat.js";

/** Each command of the page: how it is sent (WIRE 3). `isRaw`: its body is a report. */
export const COMMANDS = {
  "order.new": { method: "POST", path: "/v1/orders" },
  "order.amend": { method: "PATCH", path: "/v1/orders/{order}" },
  "order.cancel": { method: "DELETE", path: "/v1/orders/{order}" },
  "order.cancel_all": { method: "POST", path: "/v1/orders/cancel_all" },
  "settlement.accept": { method: "POST", path: "/v1/settlements/{settlement}/accept" },
  "withdrawal.new": { method: "POST", path: "/v1/withdrawals" },
  "proposal.withdraw": { method: "POST", path: "/v1/proposals/{proposal}/withdraw" },
  "import.new": { method: "POST", path: "/v1/imports", isRaw: true },
};

const command = (op, args, raw) => ({ name: canonical({ args, op }), op, args, raw });

export const place = (args) => command("order.new", args);

/** New terms of an order: `lots` is its new total. */
export const amend = (order, terms) => command("order.amend", { order, ...terms });

export const cancel = (order) => command("order.cancel", { order });

/** Cancels what is open in one market; everywhere if none is named. */
export const cancelAll = (market) => command("order.cancel_all", market ? { market } : {});

/** Takes what was delivered: title and cash change hands. */
export const accept = (settlement) => command("settlement.accept", { settlement });

/** Asks for own cash to be paid out by bank. */
export const withdraw = (amountMinor, account) =>
  command("withdrawal.new", { amount_minor: amountMinor, to_account: account });

/** Takes back what waits for another's signature. */
export const takeBack = (proposal) => command("proposal.withdraw", { proposal });

/** Registers what a report shows, and asks for its title. */
export async function register(site, bytes) {
  return command("import.new", { claim: true, report_sha256: await sha256(bytes), site }, bytes);
}

/** Reads and judges a report; only to be looked at. */
export async function readReport(site, bytes) {
  return command("import.new", { report_sha256: await sha256(bytes), site }, bytes);
}

/** What is done to the seat itself: no command, and its key is no part of an outbox. */
const own = (op, about, run) => ({ name: `${op} ${about}`, op, args: {}, run });

export const takeSeat = (code) => own("enrol", "", () => enrol(code));

/** The seat for which the venue gives out a code at this moment. */
export const takeOffered = (askCode) =>
  own("enrol", "", async () => enrol(await askCode()));

export const sitAgain = (seat) => own("sit", "", () => sit(seat));

/** With a key that waited; *principal*: the number that it was given. */
export const sitApproved = (row, principal) =>
  own("sit", row.proposal, () => sitFirst(row, principal));

export const discardKey = (row) => own("discard", row.proposal, () => discard(row));

export const leave = () => own("leave", "", () => rise(seated.get(), false));

export const leaveForGood = () => own("forget", "", () => rise(seated.get(), true));
