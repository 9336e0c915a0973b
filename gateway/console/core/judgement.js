/**
 * What the venue answered of one event, judged: each check is right, WRONG, or could not be made.
 *
 * What an answer should say is made anew here, from its bytes; where the venue gave no answer, its
 * own words say why, and nothing is said to be right.
 */

import { isHeadSigned, isInTree, readReceipt } from "./log_proof.js";
import { bytes64, sha256, verified } from "./signing.js";
import { batchOf, stored, withoutSalt } from "./stored.js";

const PREFIX = "gpubourse-v1\n";
export const LOG_CHECKS = ["stored", "included", "head"];

const right = (name, why = "", figures = {}) => ({ name, verdict: "right", why, figures });
const wrong = (name, why, figures = {}) => ({ name, verdict: "wrong", why, figures });
const unknown = (name, why, figures = {}) => ({ name, verdict: "unknown", why, figures });
const judged = (name, isRight, why) => (isRight ? right(name) : wrong(name, why));

/** The worst of some checks: one that is wrong, else one that could not be made; so is none. */
export function worst(checks) {
  const verdicts = checks.map(({ verdict }) => verdict);
  if (!verdicts.length) return "unknown";
  return ["wrong", "unknown"].find((each) => verdicts.includes(each)) ?? "right";
}

/**
 * The checks of an event, in the order of their telling.
 *
 * *evidence*: {position, row, first, enrolment, command, logKey, isKeyKept}, as `wire/evidence.js`
 * got it; a row bears its `entry` and `receipt`. Where the venue gave nothing stands the Problem.
 */
export async function judge(evidence) {
  if (!globalThis.crypto?.subtle) return [unknown("all", "no_crypto")];
  const [inLog, asked] = await Promise.all([ofLog(evidence), ofCommand(evidence)]);
  return [...inLog, ...asked];
}

/** That this event, as it is shown, is what the log holds at its position, under a signed head. */
async function ofLog({ position, row, logKey, isKeyKept }) {
  if (row.receipt instanceof Error) return LOG_CHECKS.map((name) => unheard(name, row.receipt));
  const receipt = readReceipt(row.receipt);
  if (!receipt?.head) return LOG_CHECKS.map((name) => wrong(name, "no_receipt"));
  return [
    judged("stored", row.position === position && isEntryOf(row, receipt), "other_entry"),
    judged("included", await isPlaced(row, receipt), "not_in_tree"),
    await ofHead(receipt.head, logKey, isKeyKept),
  ];
}

const isEntryOf = ({ entry }, receipt) => withoutSalt(receipt.entry) === entry;

const isPlaced = async ({ position }, receipt) =>
  receipt.leafIndex === position - 1 && (await isInTree(receipt));

/** Whether another row is not what the log holds; where there is no log, nothing says so. */
async function isDenied(row, logKey) {
  if (row.receipt instanceof Error) return false;
  const receipt = readReceipt(row.receipt);
  if (!receipt?.head || !isEntryOf(row, receipt) || !(await isPlaced(row, receipt))) return true;
  if (!logKey || logKey instanceof Error) return false;
  return (await isHeadSigned(receipt.head, logKey)) === false;
}

async function ofHead(head, logKey, isKeyKept) {
  if (logKey instanceof Error) return unheard("head", logKey);
  if (!logKey) return wrong("head", "no_log_key");
  const figures = { n: head.size, origin: head.origin, id: logKey.id };
  const isSigned = await isHeadSigned(head, logKey);
  if (isSigned === null) return unknown("head", "no_ed25519");
  if (!isSigned) return wrong("head", isKeyKept ? "not_your_log" : "head_not_signed");
  return right("head", isKeyKept ? "by_your_key" : "by_its_key", figures);
}

/** That whoever is named asked for it: the event names the command, and its key signed that. */
async function ofCommand({ row, first, command, enrolment, logKey }) {
  const none = [command, first].find((each) => each instanceof Error);
  if (none) return [unheard("command", none)];
  const isFirst = first.position === batchOf(row) && !first.event.cause;
  if (!isFirst) return [wrong("command", "other_batch")];
  if (first !== row && (await isDenied(first, logKey))) return [wrong("command", "not_logged")];
  const named = first.event.command_sha256 ?? "";
  if (command.by === "engine") {
    return [named ? wrong("command", "withheld") : right("command", "own_act")];
  }
  const bytes = new TextEncoder().encode(command.signed);
  const isNamed = named === (await sha256(bytes)) && command.first_position === first.position;
  return [
    judged("command", isNamed, "other_command"),
    judged("document", isDocument(command), "other_document"),
    await ofSignature(command, bytes),
    await ofKey(command, enrolment, logKey),
  ];
}

/** Whether the signed bytes say what the venue tells of them. */
function isDocument({ signed, ...told }) {
  const document = signed.startsWith(PREFIX) ? stored(signed.slice(PREFIX.length)) : null;
  return ["op", "party", "principal", "key"].every((name) => document?.[name] === told[name]);
}

/** By the key itself; or, of a command that rode on a session, by the key that opened it. */
async function ofSignature(command, bytes) {
  const { logon } = command;
  const publicKey = bytes64(command.public_key ?? "");
  const signature = bytes64((logon ?? command).signature);
  if (!publicKey || !signature?.length) return wrong("signature", "not_signed");
  const signed = logon ? new TextEncoder().encode(logon.signed) : bytes;
  if (logon && !(await opened(command, signed, signature))) return wrong("signature", "no_logon");
  const isSigned = await verified(publicKey, signature, signed);
  if (isSigned === null) return unknown("signature", "no_ed25519");
  if (!isSigned) return wrong("signature", "not_signed");
  return right("signature", logon ? "by_logon" : "");
}

/** Whether a log-on opened the session of a command, for whom it was sent (docs/FORMATS.md 4). */
async function opened({ session, principal, party, logon }, signed, signature) {
  const named = await sha256(Uint8Array.of(...signed, 0x0a, ...signature));
  const document = stored(logon.signed.slice(PREFIX.length));
  const isForIt = document?.principal === principal && document?.party === party;
  return named === session && document?.op === "logon" && isForIt;
}

/** That the key is the one that the journal enrolled for this principal, before. */
async function ofKey({ principal, public_key: publicKey, first_position: at }, enrolment, logKey) {
  if (enrolment instanceof Error) return unheard("enrolled", enrolment);
  if (!enrolment) return unknown("enrolled", "no_enrolment");
  if (await isDenied(enrolment, logKey)) return wrong("enrolled", "not_logged");
  const { event, position, topic } = enrolment;
  const isIt = topic === "principal_enrolled" && event.principal === principal && position < at;
  if (!isIt || event.public_key !== publicKey) return wrong("enrolled", "other_key");
  return right("enrolled", "enrolled_at", { position });
}

/** A check that could not be made, in the venue's own words or the page's. */
const unheard = (name, problem) => unknown(name, "unheard", { problem });
