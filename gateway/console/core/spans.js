/**
 * Candles over time: which way each went, which one an instant lies in, how much time is shown.
 *
 * A row is [open_ns, open, high, low, close, lots, trades, turnover_ticks] of one span (WIRE 5);
 * a span without a trade has no row, and is blank. Seconds are of venue time.
 */

const NS_S = 1_000_000_000n;
const PX_A_SPAN = 5; // at least so much room for each span when a chart is opened

export const SPANS_S = { "1m": 60, "5m": 300, "1h": 3_600, "1d": 86_400 };
export const INTERVALS = Object.keys(SPANS_S);

/** When a row's span began, in seconds. */
export const beganS = (row) => Number(BigInt(row[0]) / NS_S);

/**
 * For each row: true up, false down, null unchanged.
 *
 * By its own first and last price; where they are one (one trade, mostly) by the close before it.
 */
export function directions(rows) {
  return rows.map(([, open, , , close], n) => {
    const before = open === close ? (rows[n - 1]?.[4] ?? close) : open;
    return close === before ? null : close > before;
  });
}

/** The place of the row whose span holds an instant; -1 where nothing was traded then. */
export function rowAt(rows, instantS, spanS) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (beganS(rows[middle]) <= instantS) low = middle + 1;
    else high = middle;
  }
  const at = low - 1;
  return at >= 0 && instantS < beganS(rows[at]) + spanS ? at : -1;
}

/**
 * The stretch of time that a chart opens with, [from, to] in seconds: up to now, as many spans as
 * *width* px have room for, at least back to the last trade, and not before the first.
 */
export function opening(rows, nowS, spanS, width) {
  const last = beganS(rows.at(-1));
  const to = Math.max(nowS, last + spanS);
  const room = to - Math.floor(width / PX_A_SPAN) * spanS;
  const least = beganS(rows[0]) - spanS / 2;
  return [Math.max(Math.min(room, last - spanS), least), to + spanS / 2];
}

/** Moved by *byS* seconds, but no further than the first row and now. */
export function moved([from, to], byS, rows, nowS, spanS) {
  const first = beganS(rows[0]) - spanS / 2;
  const end = Math.max(nowS, beganS(rows.at(-1)) + spanS) + spanS / 2;
  const by = Math.max(Math.min(byS, end - to), Math.min(0, first - from));
  return [from + by, to + by];
}
