/** Figures for people: money, prices, instants and ages, in the page's language. */

import { language, t, tOr } from "./words.js";
import { notional, unitMinor } from "./exact.js";
import { present } from "./clock.js";

const SECOND_NS = 1_000_000_000n;
const MS_NS = 1_000_000n;
const formats = new Map();

/** The venue's zone and its minor digits; set once the venue has said them. */
export const venueSays = { zone: "UTC", minorDigits: 2 };

function format(name, make) {
  const key = `${language.get()}|${venueSays.zone}|${name}`;
  if (!formats.has(key)) formats.set(key, make(language.get() === "zh" ? "zh-CN" : "en-GB"));
  return formats.get(key);
}

/** A whole number with its thousands apart. */
export function count(value) {
  return format("count", (locale) => new Intl.NumberFormat(locale)).format(value);
}

/** Minor units as currency, always with its decimals: 165600000 -> 1,656,000.00. */
export function money(minorAmount) {
  const amount = BigInt(minorAmount);
  const digits = venueSays.minorDigits;
  const text = (amount < 0n ? -amount : amount).toString().padStart(digits + 1, "0");
  const cut = text.length - digits;
  const sign = amount < 0n ? "−" : "";
  return `${sign}${count(BigInt(text.slice(0, cut)))}${digits ? `.${text.slice(cut)}` : ""}`;
}

/** The same with its unit, where no heading says it: 1,656,000.00 yuan. */
export const sum = (minorAmount) => t("money.sum", { n: money(minorAmount) });

/** Hundredths as a figure with two decimals: 250 -> 2.50. */
export function hundredths(whole) {
  const value = BigInt(whole);
  const text = (value < 0n ? -value : value).toString().padStart(3, "0");
  return `${value < 0n ? "−" : ""}${count(BigInt(text.slice(0, -2)))}.${text.slice(-2)}`;
}

/** Money whose decimals are left out when they are nought. */
export const shortMoney = (minorAmount) => money(minorAmount).replace(/\.0+$/, "");

/** A title's price per GPU, or a lease's price for a server-month (one whole lot), to the fen. */
export function price(spec, ticks) {
  if (ticks === null || ticks === undefined) return "–";
  if (spec.kind === "lease") return money(notional(spec, ticks, 1));
  return shortMoney(unitMinor(spec, ticks));
}

/** A price with its unit, the figure that the command line says: of a lease for a GPU-hour. */
export function priceWords(spec, ticks) {
  if (spec.kind === "lease") return t("unit.hour", { n: perHour(spec, ticks) });
  return t("unit.gpu", { n: price(spec, ticks) });
}

/** The same figure for a column whose rows say the unit; a title's in whole currency, half up. */
export const listPrice = (spec, ticks) =>
  spec.kind === "lease" ? perHour(spec, ticks) : roundPrice(spec, ticks);

/** The price in whole currency, half up. */
export function roundPrice(spec, ticks) {
  const exact = spec.kind === "lease" ? notional(spec, ticks, 1) : unitMinor(spec, ticks);
  const whole = 10n ** BigInt(venueSays.minorDigits);
  return count((exact + whole / 2n) / whole);
}

/** A lease's price for a GPU-hour, as the command line says it. */
export const perHour = (spec, ticks) => money(unitMinor(spec, ticks));

/** The same as a number in whole currency, for charts alone: nothing is worked out with it. */
export function drawn(spec, ticks) {
  const exact = spec.kind === "lease" ? notional(spec, ticks, 1) : unitMinor(spec, ticks);
  return Number(exact) / 10 ** venueSays.minorDigits;
}

/** What a row of candles turned over, in minor units: `turnover_ticks` are prices times lots. */
export const turnover = (spec, row) => notional(spec, row[7], 1);

function moment(ns) {
  return new Date(Number(BigInt(ns) / MS_NS));
}

function parts(ns, options, name) {
  const zoned = { timeZone: venueSays.zone, hourCycle: "h23", ...options };
  return format(name, (locale) => new Intl.DateTimeFormat(locale, zoned)).format(moment(ns));
}

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
const DAY = { year: "numeric", month: "2-digit", day: "2-digit" };

/** 10:04:07 in the venue's zone. */
export const clock = (ns) => parts(ns, CLOCK, "clock");

/** 2026-12-01 in the venue's zone. */
export function day(ns) {
  const zoned = { timeZone: venueSays.zone, ...DAY };
  return format("day", () => new Intl.DateTimeFormat("sv-SE", zoned)).format(moment(ns));
}

/** 2026-12-01 10:04:07 +08:00: an instant, complete. */
export const instant = (ns) => `${day(ns)} ${clock(ns)} ${offset(ns)}`;

/** An instant typed as a day, or with its clock, in the venue's zone; all else as it is. */
export function instantOf(typed = "") {
  const [, date, clockTyped = "00:00"] =
    /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?$/.exec(typed.trim()) ?? [];
  const ms = Date.parse(`${date}T${clockTyped}Z`);
  if (!date || Number.isNaN(ms)) return typed;
  const seconds = clockTyped.length < 6 ? ":00" : "";
  return `${date}T${clockTyped}${seconds}${offset(BigInt(ms) * MS_NS)}`;
}

/** The venue's zone as an offset: +08:00. */
export function offset(ns) {
  const named = { timeZone: venueSays.zone, timeZoneName: "longOffset" };
  const said = format("offset", () => new Intl.DateTimeFormat("en-GB", named));
  const zone = said.formatToParts(moment(ns)).find((part) => part.type === "timeZoneName").value;
  return zone.replace("GMT", "") || "+00:00";
}

/** How long ago: "3 h"; "" if it never was. A view that shows it watches `present`. */
export function age(ns) {
  if (!ns) return "";
  const seconds = Number((present.get() - BigInt(ns)) / SECOND_NS);
  const [unit, length] = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
  ].find(([, least]) => seconds >= least) ?? ["s", 1];
  return t(`age.${unit}`, { n: Math.max(0, Math.floor(seconds / length)) });
}

/** A market in words: model, class, place and month. */
export function marketWords(spec) {
  const place = tOr(`place.${spec.delivery_point}`, spec.delivery_point);
  if (spec.kind === "lease") return { model: spec.model, tail: month(spec), place };
  return { model: spec.model, tail: `${spec.grade}·${spec.provenance}`, place };
}

function month(spec) {
  return day(spec.starts_ns).slice(0, 7);
}

/** A position, as people read one: #184,541. */
export const position = (n) => `#${count(n)}`;

const THINGS_MOST = 8;

/** Things by their ids: the first few of many, and how many they are. */
export function things(ids) {
  if (ids.length <= THINGS_MOST) return ids.join(", ");
  return `${ids.slice(0, THINGS_MOST).join(", ")}, … (${count(ids.length)})`;
}
