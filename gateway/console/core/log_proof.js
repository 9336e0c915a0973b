/** The transparency log, checked from bytes alone: receipt, tree, head (docs/FORMATS.md 11). */

import { same, verified } from "./signing.js";

const TITLE = "c2sp.org/tlog-proof@v1";
const HASH_BYTES = 32;
const PROOF_MOST = 64;
const ID_BYTES = 4;
const JOURNAL_PARTS = 3;
const ED25519 = 1;
const KEY_BYTES = 32;
const LINE = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/;
const KEY = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/;
const NUMBER = "(0|[1-9][0-9]{0,14})";
const INDEX = new RegExp(`^index ${NUMBER}$`);
const HEAD = new RegExp(`^(\\S+)\n${NUMBER}\n([A-Za-z0-9+/]{43}=)\n$`);

/** A receipt's parts, of which nothing is believed yet; null for a text that is none. */
export function readReceipt(text) {
  const [begin, ...rest] = text.split("\n\n");
  const lines = begin.split("\n");
  const [title, extra = "", index = ""] = lines;
  const entry = extra.startsWith("extra ") ? bytesOf(extra.slice("extra ".length)) : null;
  const [, leafIndex] = INDEX.exec(index) ?? [];
  const proof = lines.slice(3).map(bytesOf);
  const isWhole = proof.length <= PROOF_MOST && proof.every((hash) => hash?.length === HASH_BYTES);
  if (title !== TITLE || !entry?.length || !leafIndex || !isWhole || !rest.length) return null;
  return { entry, leafIndex: Number(leafIndex), proof, head: readHead(rest.join("\n\n")) };
}

/** A signed head's parts: {text, origin, size, root, lines}; null for a text that is none. */
function readHead(note) {
  const at = note.lastIndexOf("\n\n");
  const text = note.slice(0, at + 1);
  const [, origin, size, root] = HEAD.exec(text) ?? [];
  if (at < 0 || !origin || !note.endsWith("\n")) return null;
  const lines = note.slice(at + 2, -1).split("\n").map(readLine);
  if (lines.includes(null)) return null;
  return { text, origin, size: Number(size), root: bytesOf(root), lines };
}

function readLine(line) {
  const [, name, signed] = LINE.exec(line) ?? [];
  const raw = name && bytesOf(signed);
  return raw ? { name, id: raw.slice(0, ID_BYTES), signature: raw.slice(ID_BYTES) } : null;
}

/** The log's Ed25519 key, of a key file: {name, id, publicKey}; null where it names none. */
export async function readLogKey(text) {
  for (const line of text.split("\n")) {
    const [, name, id, encoded] = KEY.exec(line.trim()) ?? [];
    const raw = name && bytesOf(encoded);
    if (!raw || raw[0] !== ED25519 || raw.length !== 1 + KEY_BYTES) continue;
    return (await keyId(name, raw)) === id ? { name, id, publicKey: raw.slice(1) } : null;
  }
  return null;
}

/** Whether the entry stands at its index in the tree that the head names (RFC 9162, 2.1.3). */
export async function isInTree({ entry, leafIndex, proof, head }) {
  let [place, last] = [leafIndex, head.size - 1];
  if (place < 0 || place > last) return false;
  let found = await digest(joined(Uint8Array.of(0), entry));
  for (const beside of proof) {
    if (!last) return false;
    if (place % 2 || place === last) {
      found = await digest(joined(Uint8Array.of(1), beside, found));
      while (place && place % 2 === 0) [place, last] = [half(place), half(last)];
    } else {
      found = await digest(joined(Uint8Array.of(1), found, beside));
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && same(found, head.root);
}

/**
 * Whether the log signed its head, once; null where this browser cannot check it.
 *
 * A journal's key signs for each of its logs: one may continue another (docs/FORMATS.md 11).
 */
export async function isHeadSigned(head, key) {
  if (journalOf(head.origin) !== journalOf(key.name)) return false;
  const ownId = await keyId(head.origin, joined(Uint8Array.of(ED25519), key.publicKey));
  const isIts = ({ name, id }) => name === head.origin && hex(id) === ownId;
  const its = head.lines.filter(isIts);
  if (its.length !== 1) return false;
  return verified(key.publicKey, its[0].signature, new TextEncoder().encode(head.text));
}

/** What the origins of all logs of one journal begin with. */
const journalOf = (origin) => origin.split("/").slice(0, JOURNAL_PARTS).join("/");

/** The four bytes, in hexadecimal, by which a line says whose key signed: of a name and a key. */
async function keyId(name, raw) {
  const named = joined(new TextEncoder().encode(`${name}\n`), raw);
  return hex((await digest(named)).slice(0, ID_BYTES));
}

const half = (number) => Math.floor(number / 2);

const digest = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The bytes of standard base64, with its padding; null for a text that is none. */
function bytesOf(text) {
  try {
    const raw = atob(text);
    return btoa(raw) === text ? Uint8Array.from(raw, (each) => each.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}
