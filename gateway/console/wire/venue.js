/** What the whole page knows of the venue: its record, its markets, and each market in a line. */

import { cell, paced } from "../core/cell.js";
import { hearNow } from "../core/clock.js";
import { venueSays } from "../core/show.js";
import { listed, read } from "./rest.js";
import { line, listen } from "./socket.js";

const LIST_MS = 200; // the list is drawn at most five times a second, however fast the market

/** `GET /v1/venue`; null until it answered. */
export const venue = cell(null);
/** Map of symbol -> {spec, ticker}; ticker is null until it was heard. */
export const markets = cell(new Map());

const redraw = paced(LIST_MS, () => markets.touch());

const DEMO_TIME_MS = 10_000;
const FOLLOW_MS = 2_000; // at the latest: on pages without a market nothing else is awaited

const readAt = { instruments: 0, tickers: 0 }; // positions up to which REST has told them
const stands = new Map(); // symbol -> its ticker as REST told it
let isFollowing = false;

/** Reads the venue and its instruments; how each market stands is asked for at the same time. */
export async function begin() {
  readStanding();
  const [record] = await Promise.all([read("/v1/venue"), readSpecs()]);
  venueSays.zone = record.zone ?? "UTC";
  venueSays.minorDigits = record.minor_digits ?? 2;
  hearNow(record.at_ns, record.speed);
  venue.set(record); // only now: until then nobody knows which markets there are
  setTimeout(follow, FOLLOW_MS);
  keepTime(record.kind === "demo");
  return record;
}

/** Asks for the time again after each cut, and all along in a demo, whose speed is changed. */
function keepTime(isDemo) {
  const ask = () =>
    read("/v1/venue").then(
      (record) => hearNow(record.at_ns, record.speed),
      () => null, // the old time goes on until the next answer
    );
  let { cuts } = line.get();
  line.watch(() => {
    const { isUp, cuts: now } = line.get();
    if (!isUp || cuts === now) return;
    cuts = now;
    ask();
  });
  if (isDemo) setInterval(() => line.get().isUp && !document.hidden && ask(), DEMO_TIME_MS);
}

/** Hears every market from now on: once the market that is looked at was heard itself. */
export function follow() {
  if (isFollowing) return;
  isFollowing = true;
  listen("ticker/*", heardTicker, readAt.tickers);
  listen("instruments/venue", heardListing, readAt.instruments);
}

async function readSpecs() {
  const { rows, position } = await listed("/v1/instruments");
  const known = markets.get();
  rows.forEach((spec) => {
    const ticker = known.get(spec.market)?.ticker ?? stands.get(spec.market) ?? null;
    known.set(spec.market, { spec, ticker });
  });
  readAt.instruments = position;
  markets.touch();
}

/** Until it answers no market's ticker is known; if it fails, the feed tells all of them. */
async function readStanding() {
  const answer = await listed("/v1/markets").catch(() => null);
  if (!answer) return;
  answer.rows.forEach((ticker) => {
    stands.set(ticker.market, ticker);
    const row = markets.get().get(ticker.market);
    if (row) row.ticker ??= ticker;
  });
  readAt.tickers = answer.position;
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

const readAgain = paced(500, () => Promise.all([readSpecs(), readStanding()]).catch(() => null));

function heardListing(message) {
  const rows = message.body ?? [];
  const known = markets.get();
  if (Array.isArray(rows) && rows.some((spec) => !known.has(spec.market))) readAgain();
}

/** The orders that stand at the whole venue, by side; null until every market was heard. */
export function totals() {
  if ([...markets.get().values()].some(({ ticker }) => !ticker)) return null;
  let asks = 0;
  let bids = 0;
  markets.get().forEach(({ ticker }) => {
    asks += ticker?.ask_orders ?? 0;
    bids += ticker?.bid_orders ?? 0;
  });
  return { asks, bids };
}
