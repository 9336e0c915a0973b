/** A search of the journal, page after page: each looks at so many positions (WIRE 7). */

import { cell } from "../core/cell.js";
import { instantOf } from "../core/show.js";
import { replyTo } from "./rest.js";

const ROWS = 50; // wanted at a time
const PAGES_MOST = 40; // at a time, where few rows are found: the reader says whether to go on

/**
 * {typed, isOf, rows, next, reached, isAsking, problem}: the terms as typed and who asked; the
 * events so far, null until the first page came; where to go on, and how far back was looked.
 */
export const found = cell(nothing({}, ""));

function nothing(typed, isOf) {
  const begun = { rows: null, next: null, reached: 0, isAsking: false, problem: null };
  return { typed, isOf, ...begun };
}

/** Begins anew by other terms, or for another seat. */
export function search(typed, isOf) {
  found.set(nothing(typed, isOf));
  return more();
}

/** Goes on until as many rows came as are wanted, or so many pages. */
export async function more() {
  const run = found.get();
  if (run.isAsking) return;
  let now = { ...run, isAsking: true, problem: null };
  let isCurrent = true;
  const tell = (next) => {
    now = { ...now, ...next };
    found.set(now);
  };
  const stop = found.watch(() => {
    isCurrent = found.get() === now; // another search has begun
  });
  tell({});
  try {
    const wanted = (run.rows?.length ?? 0) + ROWS;
    for (let pages = 0; pages < PAGES_MOST; pages += 1) {
      const said = await replyTo("/v1/audit/search", { query: queryOf(now) });
      if (!isCurrent) return;
      const rows = [...(now.rows ?? []), ...said.rows];
      tell({ rows, next: said.next, reached: said.next ? said.looked_from : 1 });
      if (!said.next || rows.length >= wanted) break;
    }
    tell({ isAsking: false });
  } catch (problem) {
    if (isCurrent) tell({ isAsking: false, problem });
  } finally {
    stop();
  }
}

/** Terms as the venue takes them: what is left empty narrows nothing. */
function queryOf({ typed, next }) {
  const { topic, names, party, from, to } = typed;
  const terms = { topic, names, party, from: digits(from), to: digits(to) };
  const times = { since: instantOf(typed.since), until: instantOf(typed.until) };
  const given = Object.entries({ ...terms, ...times, limit: ROWS, cursor: next });
  return Object.fromEntries(
    given.map(([name, value]) => [name, String(value ?? "").trim()]).filter(([, value]) => value),
  );
}

const digits = (text) => text?.replace(/[#,_\s]/g, "");
