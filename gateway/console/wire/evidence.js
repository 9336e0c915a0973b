/** What the venue answers of one event: row, receipt, command, the log's key, the enrolment. */

import { kept } from "../core/kept.js";
import { readLogKey } from "../core/log_proof.js";
import { batchOf, stored } from "../core/stored.js";
import { Problem, read, replyTo } from "./rest.js";
import { venue } from "./venue.js";

const RETRY_MS = 1_000;
const TRIES = 5; // of a question for which the venue is too busy

/**
 * {position, row, …}, as `core/judgement.js` takes it; raises the Problem where there is no row.
 *
 * *key*: what `logKey` gave, where several events are judged by one.
 */
export async function evidenceOf(position, key = logKey()) {
  const [row, command, known] = await Promise.all([
    rowAt(position),
    orProblem(() => read(`/v1/audit/signatures/${position}`)),
    key,
  ]);
  const begins = batchOf(row);
  const [first, enrolment] = await Promise.all([
    begins === row.position ? row : orProblem(() => rowAt(begins)),
    command.principal ? orProblem(() => enrolmentOf(command)) : null,
  ]);
  return { position, row, command, first, enrolment, ...known };
}

/** A row of the journal, of its exact form: {position, stream, …, event, entry}; its receipt. */
async function rowAt(position) {
  const query = { from: position, to: position };
  const [{ rows }, receipt] = await Promise.all([
    patient(() => replyTo("/v1/audit/events", { query })),
    orProblem(() => replyTo(`/v1/proofs/inclusion/${position}`, { isText: true })),
  ]);
  const row = rows.length === 1 && stored(rows[0].entry);
  if (!row?.event) throw new Problem({ code: "no_such_position" });
  return { ...row, entry: rows[0].entry, receipt };
}

const enrolments = new Map(); // principal -> its row: what is stored never changes

/** Where a command's key was enrolled; null if it was not. */
async function enrolmentOf(command) {
  const { principal } = command;
  const row = enrolments.get(principal) ?? (await lookForEnrolment(command));
  if (row) enrolments.set(principal, row);
  return row;
}

async function lookForEnrolment({ principal, first_position: before }) {
  const terms = { topic: "principal_enrolled", names: principal, to: before, limit: 1 };
  let cursor = null;
  do {
    const query = cursor ? { ...terms, cursor } : terms;
    const page = await patient(() => replyTo("/v1/audit/search", { query }));
    if (page.rows.length) return rowAt(page.rows[0].position);
    cursor = page.next;
  } while (cursor);
  return null;
}

// --- the log's key: the reader's own, or the one that the venue serves

const keptName = () => `gpubourse.log_key.${venue.get().venue}`;

/** The line of the log's key that the reader keeps; "" if none. */
export const keptKey = () => kept.get(keptName()) ?? "";

/** Keeps a line as the log's key, or forgets it (""); whether it was one. */
export async function keepKey(line) {
  if (!line) kept.remove(keptName());
  const isKey = !line || (await readLogKey(line)) !== null;
  if (line && isKey) kept.set(keptName(), line);
  return isKey;
}

/** {logKey, isKeyKept}: the key, null for a text that is none, or a Problem; and whose it is. */
export async function logKey() {
  const own = keptKey();
  const text = own || (await orProblem(() => replyTo("/log/key", { isText: true })));
  const key = text instanceof Error ? text : await orProblem(() => readLogKey(text));
  return { logKey: key, isKeyKept: Boolean(own) };
}

// --- questions

async function orProblem(ask) {
  try {
    return await patient(ask);
  } catch (problem) {
    return problem;
  }
}

/** Asked again where the venue is too busy for now. */
async function patient(ask) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (problem) {
      if (!problem.isPassing || tries === TRIES) throw problem;
      await new Promise((resolve) => setTimeout(resolve, problem.waitMs || RETRY_MS));
    }
  }
}
