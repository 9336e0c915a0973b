/** A price and lots as a person types them: exact ticks and lots, or what is wrong with them. */

import { amount, minor, ticksOf, whole } from "../core/exact.js";
import * as show from "../core/show.js";

/** What was typed, in ticks and lots, or a key that says what is wrong with it. */
export function understood(spec, priceText, lotsText, basis, side) {
  const lots = whole(lotsText);
  if (!priceText.trim()) return { wrong: "" };
  const typed = amount(priceText);
  if (!typed) return { wrong: "ticket.no_figure" };
  const inMinor = minor(typed, show.venueSays.minorDigits);
  if (inMinor === null || inMinor === 0n) return { wrong: "ticket.too_fine" };
  const { ticks, below, isRounded } = ticksOf(spec, inMinor, basis, side);
  if (ticks === null && below === 0n) {
    return { wrong: "ticket.least", figures: { least: show.price(spec, 1n) } };
  }
  if (ticks === null) {
    return {
      wrong: "ticket.off_tick",
      figures: { below: show.price(spec, below), above: show.price(spec, below + 1n) },
    };
  }
  if (ticks === 0n) return { wrong: "ticket.too_fine" };
  if (!lots) return { wrong: "ticket.no_lots" };
  if (spec.max_lots && lots > spec.max_lots) {
    return { wrong: "ticket.too_many", figures: { n: show.count(spec.max_lots) } };
  }
  return { ticks, lots, isRounded };
}
