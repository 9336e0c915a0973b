/** What the whole page knows of the venue: its record, its markets, and each market in a line. */

import { cell, paced } from "../core/cell.js";
import { setSpeed } from "../core/clock.js";
import { venueSays } from "../core/show.js";
import { list, read } from "./rest.js";
import { listen } from "./socket.js";

const LIST_MS = 200; // the list is drawn at most five times a second, however fast the market

/** `GET /v1/venue`; null until it answered. */
export const venue = cell(null);
/** Map of symbol -> {spec, ticker}; ticker is null until it was heard. */
export const markets = cell(new Map());

const redraw = paced(LIST_MS, () => markets.touch());

/** Reads the venue and its instruments, and follows every market from then on. */
export async function begin() {
  const record = await read("/v1/venue");
  venueSays.zone = record.zone ?? "UTC";
  venueSays.minorDigits = record.minor_digits ?? 2;
  if (record.speed !== undefined) setSpeed(record.speed);
  venue.set(record);
  await readMarkets();
  listen("ticker/*", heardTicker);
  listen("instruments/venue", heardListing);
  return record;
}

async function readMarkets() {
  const rows = await list("/v1/instruments");
  const known = markets.get();
  rows.forEach((spec) => {
    known.set(spec.market, { spec, ticker: known.get(spec.market)?.ticker ?? null });
  });
  markets.touch();
}

function heardTicker(message) {
  if (!message.body) return;
  const symbol = message.feed.split("/")[1];
  const row = markets.get().get(symbol);
  if (!row) return;
  row.ticker = message.body;
  redraw();
}

const readAgain = paced(500, () => readMarkets().catch(() => null));

function heardListing(message) {
  const rows = message.body ?? [];
  const known = markets.get();
  if (Array.isArray(rows) && rows.some((spec) => !known.has(spec.market))) readAgain();
}

/** The orders that stand at the whole venue, by side. */
export function totals() {
  let asks = 0;
  let bids = 0;
  markets.get().forEach(({ ticker }) => {
    asks += ticker?.ask_orders ?? 0;
    bids += ticker?.bid_orders ?? 0;
  });
  return { asks, bids, markets: markets.get().size };
}
