/** One side-by-side book, folded from a feed's snapshot and deltas, checked by its CRC (WIRE 5). */

const CHECKED_LEVELS = 10;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** CRC-32 (IEEE) over the best asks, then the best bids: price, lots, conditional lots as int64. */
export function checksum(bids, asks) {
  const rows = [...asks.slice(0, CHECKED_LEVELS), ...bids.slice(0, CHECKED_LEVELS)];
  const bytes = new DataView(new ArrayBuffer(rows.length * 24));
  rows.forEach(([price, lots, , conditional], n) => {
    [price, lots, conditional].forEach((value, field) =>
      bytes.setBigInt64(n * 24 + field * 8, BigInt(value), true),
    );
  });
  let crc = 0xffffffff;
  for (let n = 0; n < bytes.byteLength; n += 1) {
    crc = TABLE[(crc ^ bytes.getUint8(n)) & 0xff] ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** The levels after one message: {bids, asks, phase}; null when its CRC says some were lost. */
export function folded(book, message) {
  const { kind, body, crc } = message;
  const next =
    kind === "snapshot"
      ? { bids: body.bids, asks: body.asks, phase: body.phase }
      : {
          bids: merged(book.bids, body.bids ?? [], -1),
          asks: merged(book.asks, body.asks ?? [], 1),
          phase: body.phase ?? book.phase,
        };
  if (crc !== undefined && crc !== checksum(next.bids, next.asks)) return null;
  return next;
}

function merged(levels, changes, sign) {
  if (!changes.length) return levels;
  const byPrice = new Map(levels.map((level) => [level[0], level]));
  for (const level of changes) {
    if (level[1] || level[2] || level[3]) byPrice.set(level[0], level);
    else byPrice.delete(level[0]);
  }
  return [...byPrice.values()].sort((one, other) => (one[0] - other[0]) * sign);
}
