/** What an order would cost or bring, worked out exactly before it is sent. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { hold, meets, notional, proceeds } from "../core/exact.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";
import { availableMinor, cash } from "../wire/orders.js";

export function Reckoning({ spec, side, order, book }) {
  useCell(cash);
  if (!order.ticks) {
    const words = order.wrong ? t(order.wrong, order.figures) : t("ticket.type_price");
    const kind = order.wrong ? "problem" : "faint";
    return html`<p class=${`reckoning ${kind}`} role="status">${words}</p>`;
  }
  const rows = side === "bid" ? bidRows(spec, order) : askRows(spec, order);
  return html`<div class="reckoning">
    <dl>
      <div><dt>${t("reckon.price")}</dt><dd>${priceWords(spec, order.ticks)}</dd></div>
      ${rows.map(
        ([words, amount, isSum]) => html`<div key=${words} class=${isSum ? "sum" : ""}>
        <dt>${words}</dt><dd>${show.money(amount)}</dd></div>`,
      )}
    </dl>
    ${order.isRounded && html`<p class="faint">${t("reckon.rounded")}</p>`}
    <p>${atOnce(spec, side, order, book)}</p>
    ${side === "bid" && html`<${Enough} needed=${hold(spec, order.ticks, order.lots).total} />`}
  </div>`;
}

function bidRows(spec, order) {
  const { cost, dearest, feeMost, deposit, total } = hold(spec, order.ticks, order.lots);
  return [
    [t("reckon.notional"), cost],
    [t("reckon.fee_most", { percent: percent(dearest) }), feeMost],
    ...(deposit ? [[t("reckon.deposit", { percent: percent(spec.deposit_bp) }), deposit]] : []),
    [t("reckon.held"), total, true],
  ];
}

function askRows(spec, order) {
  const { gross, dearest, feeMost, net } = proceeds(spec, order.ticks, order.lots);
  return [
    [t("reckon.notional"), gross],
    [t("reckon.fee_most", { percent: percent(dearest) }), feeMost],
    [t("reckon.proceeds"), net, true],
  ];
}

const percent = (bp) => show.count(bp / 100);

/** Both ways in which a price is said. */
function priceWords(spec, ticks) {
  if (spec.kind === "title") return t("reckon.per_gpu", { n: show.price(spec, ticks) });
  const month = show.money(notional(spec, ticks, 1));
  return t("reckon.per_month", { n: month, fen: show.perHour(spec, ticks) });
}

/** Whether it would trade at once against what is shown, and for how much. */
function atOnce(spec, side, order, book) {
  const others = side === "bid" ? book.asks : book.bids;
  const { lots, cost } = meets(spec, side, others, order.ticks, order.lots);
  if (!others.length) return t(side === "bid" ? "reckon.no_asks" : "reckon.no_bids");
  if (lots === 0n) return t("reckon.rests");
  const [n, of] = [show.count(lots), show.count(order.lots)];
  return t("reckon.trades", { n, of, cost: show.money(cost) });
}

function Enough({ needed }) {
  const available = availableMinor();
  if (available === null) return null;
  const left = available - needed;
  const figures = { available: show.money(available), short: show.money(-left) };
  return html`<p class=${left < 0n ? "problem" : "faint"}>
    ${t(left < 0n ? "reckon.short" : "reckon.enough", figures)}
  </p>`;
}
