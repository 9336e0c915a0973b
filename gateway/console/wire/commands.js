/** One command on its way: signed by the seat's key, sent once (WIRE 2 and 3). */

import { newKey, sign } from "../core/signing.js";
import { COMMANDS } from "./acts.js";
import { Problem, read, request } from "./rest.js";
import { seated } from "./seat.js";

export const VALID_MS = 5_000;
const REPORT_VALID_MS = 60_000; // a large report on a slow line is long on its way
const WAIT_MS = 15_000;
const LOOKS = 3; // on a line so slow that what is signed comes too late
const REPORT_WAIT_MS = 300_000;

/** How long the venue takes a command of this op after it was signed. */
export const validMs = (op) => (COMMANDS[op].isRaw ? REPORT_VALID_MS : VALID_MS);

/** Signs and sends {op, args} under a key, once; `issuedMs` is when it is signed. */
export async function sendCommand({ op, args, raw }, key, issuedMs) {
  const seat = seated.get();
  if (!seat) throw new Problem({ code: "no_session", status: 401 });
  const { method, path, isRaw } = COMMANDS[op];
  const valid = validMs(op);
  const document = {
    args,
    issued_ns: `${issuedMs}000000`,
    key,
    op,
    party: seat.party,
    principal: seat.principal,
    v: 1,
    valid_ms: valid,
    venue: seat.venue,
  };
  const headers = {
    "Idempotency-Key": key,
    "Command-Issued-Ns": document.issued_ns,
    "Command-Valid-Ms": String(valid),
    "Command-Signature": await sign(seat.keys.privateKey, document),
  };
  const [address, rest] = filled(path, args);
  if (isRaw) {
    delete rest.report_sha256; // the venue reckons it from the body
    return request(method, address, { query: rest, raw, headers, withinMs: REPORT_WAIT_MS });
  }
  const body = method === "DELETE" ? undefined : rest;
  return request(method, address, { body, headers, withinMs: WAIT_MS });
}

/** What the venue would make of an intent: its dry run, which rejects as the act would. */
export async function look({ op, args, raw }) {
  const dry = { ...args, dry_run: true };
  for (let tries = 1; ; tries += 1) {
    try {
      return (await sendCommand({ op, args: dry, raw }, newKey(), Date.now())).result;
    } catch (problem) {
      if (problem.code !== "too_late" || tries === LOOKS) throw problem;
    }
  }
}

/** The first answer to a key, as `sendCommand` gives it; rejects `unknown_key`. */
export async function firstAnswer(key) {
  const said = await request("GET", `/v1/commands/${key}`, { withinMs: WAIT_MS });
  return { position: said.position, result: said.result.result };
}

/** The party's own record. */
export const party = () => read(`/v1/parties/${seated.get().party}`);

/** A path with its members in place, and the args that are left. */
function filled(path, args) {
  const rest = { ...args };
  const address = path.replace(/\{(\w+)\}/g, (_, name) => {
    delete rest[name];
    return args[name];
  });
  return [address, rest];
}
