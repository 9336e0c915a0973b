/** Who sits at this page: enrolled by link, logged on with the page's own key, signing commands. */

import { cell } from "../core/cell.js";
import { newKey, newKeys, publicText, sha256, sign } from "../core/signing.js";
import { forget, keep, seatsOf } from "./keyring.js";
import { Problem, read, request } from "./rest.js";

const TTL_S = 12 * 3_600;
const VALID_MS = 5_000;
const TRIES = 6;

/** {seat, session} once logged on; null: the public half. `seats` lists the keys kept here. */
export const seated = cell(null);
export const seats = cell([]);

let venue = "";

/** Sits down as before, if a key is kept and the venue still knows it. */
export async function resume(venueName) {
  venue = venueName;
  seats.set(await seatsOf(venue));
  const [latest] = seats.get();
  if (latest) await sit(latest).catch((problem) => leaveIfUnknown(latest, problem));
}

/** Makes a key for this page and enrols it with an invitation's code. */
export async function enrol(code) {
  const keys = await newKeys();
  if (!keys) throw new Problem({ code: "no_ed25519" });
  const body = { code, public_key: await publicText(keys) };
  const { result } = await request("POST", "/v1/principals/enrol", { body });
  const { principal, party, scopes } = result;
  const seat = { venue, principal, party, scopes, keys };
  await keep(seat);
  await sit(seat);
}

/** Logs on with a kept key: the venue's challenge, signed, against its cookie. */
export async function sit(seat) {
  const { result: asked } = await request("POST", "/v1/auth/challenge", {
    body: { principal: seat.principal },
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
  const { result } = await request("POST", "/v1/auth/browser", { body: { document, signature } });
  const known = await read(`/v1/parties/${seat.party}`).catch(() => null);
  const named = { ...seat, called: known?.legal_name ?? seat.called ?? seat.party };
  await keep(named);
  seats.set(await seatsOf(venue));
  seated.set({ ...named, session: result.session, expiresNs: result.expires_ns });
}

/** Ends the session; the key stays for the next time unless *forGood*. */
export async function rise(forGood = false) {
  const seat = seated.get();
  if (!seat) return;
  await request("DELETE", "/v1/auth/session").catch(() => null);
  if (forGood) await forget(seat);
  seats.set(await seatsOf(venue));
  seated.set(null);
}

async function leaveIfUnknown(seat, problem) {
  if (problem.code !== "bad_signature") return;
  await forget(seat); // revoked, or another journal: this key opens nothing any more
  seats.set(await seatsOf(venue));
}

/** The one-time word with which this session's socket logs on; null without a session. */
export async function ticket() {
  if (!seated.get()) return null;
  const { result } = await seatedRequest("POST", "/v1/auth/ticket", { body: {} });
  return result.ticket;
}

/** As `request`; a session that is over (its time, or a restart) is opened anew, once. */
async function seatedRequest(method, path, sent) {
  try {
    return await request(method, path, sent);
  } catch (problem) {
    if (!["no_session", "session_expired"].includes(problem.code)) throw problem;
    await sit(seated.get());
    return request(method, path, sent);
  }
}

/** Whether any of *scopes* is open to this page. */
export const may = (...scopes) => scopes.some((scope) => seated.get()?.scopes.includes(scope));

/**
 * Signs and sends one command; the same key until an answer came (WIRE 6).
 *
 * `args` are all arguments as signed; `body` those that travel in the body, `query` in the address.
 */
export async function command(op, method, path, args, { query, raw, body = args } = {}) {
  const seat = seated.get();
  if (!seat) throw new Problem({ code: "no_session", status: 401 });
  const key = newKey();
  for (let attempt = 1; ; attempt += 1) {
    const document = {
      args,
      issued_ns: `${Date.now()}000000`,
      key,
      op,
      party: seat.party,
      principal: seat.principal,
      v: 1,
      valid_ms: VALID_MS,
      venue,
    };
    const headers = {
      "Idempotency-Key": key,
      "Command-Issued-Ns": document.issued_ns,
      "Command-Valid-Ms": String(VALID_MS),
      "Command-Signature": await sign(seat.keys.privateKey, document),
    };
    const sent = raw === undefined ? { query, body, headers } : { query, raw, headers };
    try {
      return await seatedRequest(method, path, sent);
    } catch (problem) {
      const isUnknown = problem.status >= 500 || problem.code === "unreachable";
      if (!isUnknown || attempt === TRIES) throw problem;
      await new Promise((done) => setTimeout(done, problem.waitMs || 500 * attempt));
    }
  }
}

/** Uploads a report as `import.new`: {position, result}; a dry run writes nothing. */
export async function importReport(site, bytes, { isDry }) {
  const args = { site, report_sha256: await sha256(bytes) };
  const query = { site };
  if (isDry) args.dry_run = query.dry_run = true;
  else args.claim = query.claim = true;
  return command("import.new", "POST", "/v1/imports", args, { query, raw: bytes });
}

/** The party's own record. */
export const party = () => read(`/v1/parties/${seated.get().party}`);
