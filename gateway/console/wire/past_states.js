/** The register at a position, and what changed between two, a page at a time (WIRE 3, audit). */

import { replyTo } from "./rest.js";

const ROWS = 100; // a page

/** *past*: {at, since, kind}; since 0: the state at *at*. *cursor*: the next of the page before. */
export function pageOf({ at, since, kind }, cursor) {
  const wanted = { kind, cursor, limit: ROWS };
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value));
  return since
    ? replyTo("/v1/audit/diff", { query: { ...given, from: since, to: at } })
    : replyTo("/v1/audit/state", { query: { ...given, position: at } });
}
