/**
 * Exact arithmetic of prices (EXCHANGE 1), in BigInt: no float near money. What an order costs is
 * told by the venue.
 *
 * A *spec* is a row of `GET /v1/instruments`. Prices are ticks, money is minor units (fen).
 */

const FIGURE = /^(?:(\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.(\d{0,6}))?|\.(\d{1,6}))$/;
const DIGITS_MOST = 15;
const UNIT = /(?:yuan|cny|rmb|元|¥)$/i;
const MULTIPLES = { 万: 4, 萬: 4, w: 4, 千: 3, k: 3, 亿: 8 }; // 7万 is 70,000

/** Digits and scale of a figure as typed ("１０３，５００.50"); null if it is none. */
export function figure(text) {
  const match = FIGURE.exec(text.normalize("NFKC").replace(/[\s_]/g, ""));
  if (!match) return null;
  const [, before = "0", behind, alone] = match;
  const fraction = (behind ?? alone ?? "").replace(/0+$/, "");
  const digits = before.replaceAll(",", "");
  if (digits.length > DIGITS_MOST) return null;
  return { digits: BigInt(digits + fraction), scale: fraction.length };
}

/** The same of an amount of money, which may bear its unit and a multiple: "7.5万", "¥70,000元". */
export function amount(text) {
  const plain = text.normalize("NFKC").trim().replace(/^¥/, "").replace(UNIT, "").trim();
  const multiple = plain.slice(-1).toLowerCase();
  if (!Object.hasOwn(MULTIPLES, multiple)) return figure(plain);
  const typed = figure(plain.slice(0, -1));
  if (!typed) return null;
  const scale = typed.scale - MULTIPLES[multiple];
  if (scale >= 0) return { ...typed, scale };
  return { digits: typed.digits * 10n ** BigInt(-scale), scale: 0 };
}

/** Minor units of a figure in whole currency; null if it is finer than the minor unit. */
export function minor(typed, minorDigits = 2) {
  if (!typed || typed.scale > minorDigits) return null;
  return typed.digits * 10n ** BigInt(minorDigits - typed.scale);
}

/** A small whole number as typed (lots); null if it is none. */
export function whole(text) {
  const typed = figure(text);
  return typed && typed.scale === 0 && typed.digits <= 1_000_000n ? Number(typed.digits) : null;
}

/** Money of one tick in a whole lot. */
const lotMinor = (spec) => BigInt(spec.tick_minor) * BigInt(spec.lot_size);

/** `price_ticks × tick_minor × lot_size × lots`, exact. */
export function notional(spec, ticks, lots) {
  return BigInt(ticks) * lotMinor(spec) * BigInt(lots);
}

/** Price of one GPU (title) or GPU-hour (lease), in minor units. */
export function unitMinor(spec, ticks) {
  return BigInt(ticks) * BigInt(spec.tick_minor);
}

/**
 * What is typed: ticks, and whether it had to be rounded; null ticks when it is off the tick. A
 * server-month is rounded so that no bid passes it, and no ask falls short of it.
 */
export function ticksOf(spec, minorTyped, basis, side) {
  if (basis === "lot") {
    const step = lotMinor(spec);
    const below = minorTyped / step;
    const isRounded = below * step !== minorTyped;
    return { ticks: isRounded && side === "ask" ? below + 1n : below, isRounded };
  }
  const step = BigInt(spec.tick_minor);
  if (minorTyped % step) return { ticks: null, below: minorTyped / step };
  return { ticks: minorTyped / step, isRounded: false };
}
