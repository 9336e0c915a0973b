/** REST: reads and writes as WIRE 3 has them, and its problems as one kind of error (WIRE 4). */

import { hear } from "../core/clock.js";
import { language } from "../core/words.js";

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
    });
  }
}

/** The body of a reply; raises Problem. */
export async function request(method, path, { query, body, raw, headers } = {}) {
  const url = new URL(path, location.origin);
  Object.entries(query ?? {}).forEach(([name, value]) => url.searchParams.set(name, value));
  const sent = { Accept: "application/json", "Accept-Language": language.get(), ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  if (raw !== undefined) sent["Content-Type"] = "text/plain";
  let reply;
  try {
    reply = await fetch(url, {
      method,
      headers: sent,
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    throw new Problem({ code: "unreachable", retryable: true });
  }
  const said = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Problem({ status: reply.status, ...said });
  if (said.at_ns) hear(said.at_ns);
  return said;
}

/** The `result` of one record. */
export async function read(path, query) {
  return (await request("GET", path, { query })).result;
}

/** All rows of a list, page after page, up to *most*. */
export async function list(path, query = {}, most = 5_000) {
  const rows = [];
  let cursor = null;
  do {
    const page = cursor ? { ...query, cursor } : query;
    const said = await request("GET", path, { query: { limit: 1_000, ...page } });
    rows.push(...said.rows);
    cursor = said.next;
  } while (cursor && rows.length < most);
  return rows;
}
