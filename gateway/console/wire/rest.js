/** REST: reads and writes as WIRE 3 has them, and its problems as one kind of error (WIRE 4). */

import { hear } from "../core/clock.js";
import { language } from "../core/words.js";
import { heardOf } from "./newest.js";

/** A no of the venue, or of the world: `code` is stable, `detail` is for people. */
export class Problem extends Error {
  constructor(problem) {
    super(problem.detail || problem.title || problem.code);
    Object.assign(this, {
      code: problem.code ?? "unavailable",
      status: problem.status ?? 0,
      detail: problem.detail ?? "",
      isRetryable: Boolean(problem.retryable),
      waitMs: problem.retry_after_ms ?? 0,
      context: problem.context ?? {},
      spoken: problem.spoken ?? "", // the language of `detail`
    });
  }

  /** It says nothing of what was asked: the venue was away, or too busy. The same may pass now. */
  get isPassing() {
    return this.code === "unreachable" || this.status === 429 || this.status >= 500;
  }
}

let token = ""; // of this tab's session: in memory alone, so that no other tab is logged on by it
let openAnew = null; // opens a session that is over anew

/** From now on every request bears a session's token; "" none. *renew* opens it anew. */
export function bear(next, renew) {
  token = next;
  openAnew = renew;
}

/** As `send`; a session that is over (its time, or a restart) is opened anew, once. */
export async function request(method, path, sent) {
  const used = token;
  try {
    return await send(method, path, sent);
  } catch (problem) {
    if (!used || !["no_session", "session_expired"].includes(problem.code)) throw problem;
    if (token === used) await openAnew(); // else another request has opened it meanwhile
    return send(method, path, sent);
  }
}

/**
 * The body of a reply; raises Problem. Given up after *withinMs*: then nothing is known.
 *
 * *isBare*: without the session, as to log on; *isText*: it is a file of the log, and no JSON.
 */
export async function send(method, path, sending = {}) {
  const { query, body, raw, headers, withinMs, isBare, isText } = sending;
  const url = new URL(path, location.origin);
  const spoken = language.get();
  Object.entries(query ?? {}).forEach(([name, value]) => url.searchParams.set(name, value));
  const sent = { Accept: "application/json", "Accept-Language": spoken, ...headers };
  if (token && !isBare) sent.Authorization = `Bearer ${token}`;
  if (body !== undefined) sent["Content-Type"] = "application/json";
  if (raw !== undefined) sent["Content-Type"] = "text/plain";
  let reply;
  try {
    reply = await fetch(url, {
      method,
      headers: sent,
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
      credentials: "omit",
      cache: "no-store",
      signal: withinMs ? AbortSignal.timeout(withinMs) : undefined,
    });
  } catch {
    throw new Problem({ code: "unreachable", retryable: true });
  }
  const said = await (isText && reply.ok ? reply.text() : reply.json()).catch(() => null);
  if (!said) throw new Problem({ code: "unreachable", retryable: true }); // cut in the middle
  if (!reply.ok) throw new Problem({ status: reply.status, ...said, spoken });
  if (said.at_ns) hear(said.at_ns);
  if (method !== "GET") heardOf(said.position); // of a command: what follows shows what it did
  return said;
}

/** The whole reply to a read, as it came. *sent*: `query`, `isText`, as `send` takes them. */
export function replyTo(path, sent) {
  return request("GET", path, sent);
}

/** What `/problems/{code}` says of a code: {title, detail, …}, in the page's language. */
export function problemKind(code) {
  return send("GET", `/problems/${code}`, { isBare: true });
}

/** The `result` of one record. */
export async function read(path, query) {
  return (await request("GET", path, { query })).result;
}

/** All rows of a list, page after page, up to *most*. */
export async function list(path, query = {}, most = 5_000) {
  return (await listed(path, query, most)).rows;
}

/**
 * The same with the position at which the first page was true, and whether that was all there is:
 * {rows, position, isWhole}.
 */
export async function listed(path, query = {}, most = 5_000) {
  const rows = [];
  let cursor = null;
  let position = 0;
  do {
    const page = cursor ? { ...query, cursor } : query;
    const said = await request("GET", path, { query: { limit: 1_000, ...page } });
    rows.push(...said.rows);
    position ||= said.position;
    cursor = said.next;
  } while (cursor && rows.length < most);
  return { rows, position, isWhole: !cursor };
}
