/**
 * What the journal stores, as it stands: JSON whose instants pass 2^53 (docs/FORMATS.md 1).
 *
 * A number that JSON.parse would round is kept as its digits, in a text.
 */

const TEXT_OR_NUMBER = /("(?:[^"\\]|\\.)*")|-?\d+/g;
const DIGITS_SAFE = 15;
const SALT = /^(\{"position":\d+,)"salt":"[\w-]{22}",/;

/** The value of a stored JSON text; null for a text that is none. */
export function stored(text) {
  const kept = text.replace(TEXT_OR_NUMBER, (found, quoted) =>
    quoted || found.length <= DIGITS_SAFE ? found : `"${found}"`,
  );
  try {
    return JSON.parse(kept);
  } catch {
    return null;
  }
}

/** A log's entry as the journal's own form has the row: without its salt; null for no entry. */
export function withoutSalt(bytes) {
  try {
    const entry = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return SALT.test(entry) ? entry.replace(SALT, "$1") : null;
  } catch {
    return null;
  }
}

/** Where the batch of an event begins: it, or the one that it names as its cause. */
export const batchOf = (row) => row.event.cause ?? row.position;
