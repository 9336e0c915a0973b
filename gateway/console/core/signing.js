/** The one signing rule (WIRE 2): Ed25519 over a fixed line and the document as canonical JSON. */

const PREFIX = "gpubourse-v1\n";
const ALGORITHM = { name: "Ed25519" };

/** RFC 8785 of a document that holds whole numbers only: members sorted, no spaces. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(",")}}`;
}

/** A key pair whose private half never leaves the browser; null where Ed25519 is not known. */
export async function newKeys() {
  try {
    return await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
  } catch {
    return null;
  }
}

/** The public half, base64url. */
export async function publicText(keys) {
  return text64(await crypto.subtle.exportKey("raw", keys.publicKey));
}

/** The signature of a document, base64url. */
export async function sign(privateKey, document) {
  const bytes = new TextEncoder().encode(PREFIX + canonical(document));
  return text64(await crypto.subtle.sign(ALGORITHM, privateKey, bytes));
}

/** Whether a key signed these bytes; null where this browser knows no Ed25519. */
export async function verified(publicKey, signature, bytes) {
  let key;
  try {
    key = await crypto.subtle.importKey("raw", publicKey, ALGORITHM, false, ["verify"]);
  } catch (error) {
    return error.name === "DataError" ? false : null; // no key at all, or no such algorithm
  }
  return crypto.subtle.verify(ALGORITHM, key, signature, bytes);
}

export const same = (one, other) =>
  one.length === other.length && one.every((byte, n) => byte === other[n]);

/** The SHA-256 of bytes, base64url. */
export async function sha256(bytes) {
  return text64(await crypto.subtle.digest("SHA-256", bytes));
}

/** base64url without padding, as every digest, key and signature is written. */
export function text64(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The bytes of base64url without padding; null for a text that is none. */
export function bytes64(text) {
  try {
    const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(raw, (each) => each.charCodeAt(0));
    return text64(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

/** A UUIDv7: the key of one intent, new for each. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let ms = BigInt(Date.now());
  for (let n = 5; n >= 0; n -= 1) {
    bytes[n] = Number(ms & 255n);
    ms >>= 8n;
  }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
