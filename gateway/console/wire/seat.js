/** Who sits at this tab: enrolled by link, logged on with the page's own key, one session a tab. */

import { cell } from "../core/cell.js";
import { keptHere } from "../core/kept.js";
import { newKeys, publicText, sha256, sign } from "../core/signing.js";
import { answered, forget, keep, keysFor, seatsOf } from "./keyring.js";
import { bear, Problem, read, request } from "./rest.js";

const TTL_S = 12 * 3_600;
const HERE = "gpubourse.seat"; // which seat this tab has, over a reload
const NOBODY = "none";
const RETRY_MS = 2_000;
const WAIT_MS = 15_000;
const VENUE_PARTY = "p-0001"; // its own keys alone wait for a second signature
const TRIES = 5; // of an enrolment whose reply does not come

/** {seat, session} once logged on; null: the public half. `seats` lists the keys kept here. */
export const seated = cell(null);
export const seats = cell([]);
/** Keys whose enrolment waits for a second signature: {proposal, expires_ns, keys}. */
export const pendingKeys = cell([]);

let venue = "";

/**
 * Sits down as this tab did before, or as the newest seat that was not left.
 *
 * *told* hears why that failed; where the venue is only away it is tried again.
 */
export async function resume(venueName, told) {
  venue = venueName;
  await lookUpSeats();
  const here = keptHere.get(HERE);
  const isIt = (seat) => (here === null ? !seat.isLeft : seat.principal === here);
  const seat = seats.get().find(isIt);
  if (seat) await sitAsBefore(seat, told);
}

/** A key without a principal acts for nobody yet. */
async function lookUpSeats() {
  const kept = await seatsOf(venue);
  seats.set(kept.filter(({ principal }) => principal));
  pendingKeys.set(kept.filter(({ principal }) => !principal));
}

async function sitAsBefore(seat, told) {
  try {
    await sit(seat);
  } catch (problem) {
    if (problem.code === "bad_signature") {
      await unseat(seat, true); // revoked, or another journal: this key opens nothing any more
      told(new Problem({ code: "seat_unknown", context: { name: seat.called } }));
      return;
    }
    told(problem);
    if (problem.isRetryable) setTimeout(() => seated.get() ?? sitAsBefore(seat, told), RETRY_MS);
  }
}

/**
 * Makes a key for this page and enrols it with an invitation's code; the seat, or the proposal
 * under which the key waits for a second signature.
 *
 * The key is kept before its code is sent: if the reply is lost, the same code with the same key
 * is asked again, here or when the link is opened anew.
 */
export async function enrol(code) {
  const hidden = await sha256(new TextEncoder().encode(code));
  const keys = await keysFor(hidden, newKeys);
  if (!keys) throw new Problem({ code: "no_ed25519" });
  const { principal, party, scopes, ...waits } = await enrolled(code, await publicText(keys));
  const seat = principal
    ? { venue, principal, party, scopes, keys }
    : { venue, proposal: waits.proposal, expires_ns: waits.expires_ns, keys };
  await keep(seat);
  await answered(hidden);
  if (principal) return sit(seat);
  await lookUpSeats();
  return waits;
}

/** Sits with a key that waited, under the number that it has since its second signature. */
export async function sitFirst(row, principal) {
  const { keys } = row;
  const asked = { venue, principal, party: VENUE_PARTY, scopes: [], keys }; // []: all that it may
  let granted;
  try {
    granted = await logOn(asked);
  } catch (problem) {
    if (problem.code !== "bad_signature") throw problem;
    throw new Problem({ code: "key_not_approved", context: { name: principal } });
  }
  await forget(row);
  return sit({ ...asked, scopes: granted.scopes });
}

/** Deletes a key that waited in vain; what it was called. */
export async function discard(row) {
  await forget(row);
  await lookUpSeats();
  return { proposal: row.proposal };
}

/** The venue's answer to a code and a key; asked again where the line gave none. */
async function enrolled(code, publicKey) {
  const body = { code, public_key: publicKey };
  for (let tries = 1; ; tries += 1) {
    try {
      const sent = { body, isBare: true, withinMs: WAIT_MS };
      return (await request("POST", "/v1/principals/enrol", sent)).result;
    } catch (problem) {
      if (!problem.isRetryable || problem.status === 401 || tries === TRIES) throw problem;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Logs this tab on with a kept key: the venue's challenge, signed, against its token. */
export async function sit({ isLeft, ...seat }) {
  const { token, ...session } = await logOn(seat);
  bear(token, once(() => renew(seat)));
  const known = await read(`/v1/parties/${seat.party}`).catch(() => null);
  const named = { ...seat, called: known?.legal_name ?? seat.called ?? seat.party };
  await keep(named);
  keptHere.set(HERE, seat.principal);
  await lookUpSeats();
  seated.set({ ...named, session: session.session, expiresNs: session.expires_ns });
  return named;
}

/** The same seat, its session opened anew. */
async function renew(seat) {
  const { token, ...session } = await logOn(seat);
  bear(token, once(() => renew(seat)));
  seated.set({ ...seated.get(), session: session.session, expiresNs: session.expires_ns });
}

async function logOn(seat) {
  const { result: asked } = await request("POST", "/v1/auth/challenge", {
    body: { principal: seat.principal },
    isBare: true,
  });
  const document = {
    challenge: asked.challenge,
    op: "logon",
    party: seat.party,
    principal: seat.principal,
    scopes: seat.scopes,
    ttl_s: TTL_S,
    v: 1,
    venue,
  };
  const signature = await sign(seat.keys.privateKey, document);
  const body = { document, signature };
  return (await request("POST", "/v1/auth/session", { body, isBare: true })).result;
}

/** Several callers at once wait for one and the same call. */
function once(call) {
  let called = null;
  return () => {
    called ??= call().finally(() => {
      called = null;
    });
    return called;
  };
}

/** Ends a tab's session; its key stays for the next time unless *forGood*. */
export async function rise(seat, forGood) {
  const isReached = await request("DELETE", "/v1/auth/session").then(
    () => true,
    () => false,
  );
  await unseat(seat, forGood);
  return { called: seat.called, isReached };
}

async function unseat({ session, expiresNs, ...seat }, forGood) {
  bear("", null);
  if (forGood) await forget(seat);
  else await keep({ ...seat, isLeft: true });
  keptHere.set(HERE, NOBODY);
  await lookUpSeats();
  seated.set(null);
}

/** The one-time word with which this session's socket logs on; null without a session. */
export async function ticket() {
  if (!seated.get()) return null;
  const { result } = await request("POST", "/v1/auth/ticket", { body: {} });
  return result.ticket;
}

/** Whether any of *scopes* is open to this page. */
export const may = (...scopes) => scopes.some((scope) => seated.get()?.scopes.includes(scope));
