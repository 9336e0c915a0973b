/** What an order would cost or bring: the venue's own word, asked for before it is sent. */

import { html, useEffect, useRef, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { notional } from "../core/exact.js";
import * as show from "../core/show.js";
import { language, t } from "../core/words.js";
import { look } from "../wire/commands.js";
import { availableMinor, cash } from "../wire/orders.js";
import { problemWords } from "./notice.js";
import { Unheard } from "./parts.js";

const TYPED_MS = 300; // after the last key
const MOVED_MS = 2_000; // after the book has moved, or the venue did not answer

/**
 * The venue's preview of an intent: {preview} or {problem}; {} while it is asked for.
 *
 * Asked for again when the intent changes, and when what it would meet (*facing*) has moved.
 */
export function usePreview(intent, facing) {
  const spoken = useCell(language); // a refusal comes in the page's words
  const name = intent ? `${spoken} ${intent.name}` : "";
  const [told, tell] = useState({ name: "" });
  const latest = useRef("");
  latest.current = name;
  const ask = async () => {
    try {
      const preview = await look(intent);
      if (latest.current === name) tell({ name, preview });
    } catch (problem) {
      if (latest.current === name) tell({ name, problem });
      throw problem;
    }
  };
  useAsked(ask, name, facing);
  useAskedAgain(ask, told.name === name ? told.problem : undefined);
  return { ...(told.name === name && name ? told : {}), ask };
}

function useAsked(ask, name, facing) {
  const seen = useRef("");
  useEffect(() => {
    if (!name) return undefined;
    const wait = seen.current === name ? MOVED_MS : TYPED_MS;
    seen.current = name;
    const timer = setTimeout(() => ask().catch(() => null), wait);
    return () => clearTimeout(timer);
  }, [name, facing]);
}

/** What failed for no fault of the intent is asked for again: the form, and so the need, stays. */
function useAskedAgain(ask, problem) {
  useEffect(() => {
    if (!problem?.isPassing) return undefined;
    const wait = Math.max(MOVED_MS, problem.waitMs);
    const timer = setTimeout(() => ask().catch(() => null), wait);
    return () => clearTimeout(timer);
  }, [problem]);
}

export function Reckoning({ spec, side, order, preview, problem }) {
  if (!order.ticks) {
    const words = order.wrong ? t(order.wrong, order.figures) : t("ticket.type_price");
    const kind = order.wrong ? "problem" : "faint";
    return html`<p class=${`reckoning ${kind}`} role="status">${words}</p>`;
  }
  return html`<div class="reckoning">
    <dl>
      <div><dt>${t("reckon.price")}</dt><dd>${priceWords(spec, order.ticks)}</dd></div>
      ${preview && rows(side, preview).map(row)}
    </dl>
    ${order.isRounded && html`<p class="faint">${t("reckon.rounded")}</p>`}
    ${problem && html`<p class="problem" role="alert">${problemWords(problem)}</p>`}
    ${!preview && !problem && html`<p><${Unheard} /></p>`}
    ${preview && html`<${Expected} spec=${spec} side=${side} preview=${preview} />`}
  </div>`;
}

const row = ([words, amount, isSum]) =>
  html`<div key=${words} class=${isSum ? "sum" : ""}>
    <dt>${words}</dt><dd>${show.sum(amount)}</dd>
  </div>`;

/** At worst, all of it at its own price and the dearest fee; a buyer's deposit besides. */
function rows(side, { at_worst: worst }) {
  const deposit = worst.deposit_minor > 0 && [t("reckon.deposit"), worst.deposit_minor];
  return [
    [t("reckon.notional"), worst.notional_minor],
    [t("reckon.fee_most"), worst.fee_minor],
    deposit,
    [t(side === "bid" ? "reckon.held" : "reckon.proceeds"), worst.total_minor, true],
  ].filter(Boolean);
}

/** Both ways in which a price is said. */
export function priceWords(spec, ticks) {
  if (spec.kind === "title") return show.priceWords(spec, ticks);
  const month = show.money(notional(spec, ticks, 1));
  return t("reckon.per_month", { n: month, hour: show.perHour(spec, ticks) });
}

/** What happens at once, what becomes of the rest, and what its sender should know. */
function Expected({ spec, side, preview }) {
  useCell(cash);
  const available = side === "bid" ? availableMinor() : null;
  return html`<p>${atOnce(side, preview)} ${t(`rest.${restOf(preview)}`, restFigures(preview))}</p>
    ${preview.notices.map((each) => html`<p key=${each.code}>${noticeWords(spec, each)}</p>`)}
    ${preview.band && html`<p class="faint">${bandWords(spec, side, preview.band)}</p>`}
    ${
      available !== null &&
      html`<p class="faint">${t("reckon.available", { n: show.money(available) })}</p>`
    }`;
}

function atOnce(side, { filled_lots: n, open_lots: open, now }) {
  if (!n) return t("reckon.meets_nobody");
  const figures = { n, lots: show.count(n), fee: show.money(now.fee_minor) };
  return t(`reckon.trades_${side}`, { ...figures, total: show.money(now.total_minor) });
}

/** What becomes of the lots that do not trade at once. */
function restOf({ open_lots: open, cause }) {
  if (cause) return cause === "self_trade" ? "self_trade" : "ends";
  return open ? "waits" : "nothing";
}

const restFigures = ({ open_lots: n }) => ({ n, lots: show.count(n) });

function noticeWords(spec, notice) {
  const { code, last_trade_ns: last } = notice;
  if (code === "far_price") return farWords(spec, notice);
  if (code === "no_price") return t(`notice.no_price_${spec.kind}`);
  return t(`notice.${code}`, { when: last ? show.instant(last) : "" });
}

/** How far a price lies from its market's, and what it may have been meant as. */
function farWords(spec, { is_above: isAbove, times, looks_like: unit, ...reference }) {
  const words = t(isAbove ? "notice.far_above" : "notice.far_below", {
    times: show.count(times),
    reference: referenceWords(reference),
    price: priceWords(spec, reference.reference_ticks),
  });
  return unit ? `${words} ${t(`looks_like.${unit}`, { n: spec.gpus_per_lot })}` : words;
}

/** What a price is held against: this market's own, or that of a sister, by its symbol. */
function referenceWords({ reference_source: source, reference_market: market }) {
  const words = t(`reference.${source}`);
  return market ? t("notice.elsewhere", { reference: words, market }) : words;
}

function bandWords(spec, side, band) {
  return t(`reckon.band_${side}`, { n: priceWords(spec, band.edge_ticks) });
}
