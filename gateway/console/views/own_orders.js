/** One's own open orders and last fills, of one market or of all. */

import { html, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { cancel, cancelAll } from "../wire/acts.js";
import { fills, orders } from "../wire/orders.js";
import { markets } from "../wire/venue.js";
import { AskedFirst } from "./last_look.js";
import { Amending } from "./amending.js";
import { useOnOffer } from "./offering.js";
import { Card, heads, Id, MarketLink, Moment, Rows, Sign, Unheard } from "./parts.js";
import { Press } from "./press.js";

const FILLS_SHOWN = 20;

/** *market*: of this one alone, what is shown and what "cancel all" cancels; "" of all. */
export function OwnOrders({ market = "" }) {
  const [changed, change] = useState(""); // the order whose new terms are being typed
  const isHere = (row) => !market || row.market === market;
  const open = useCell(orders) && [...orders.get().values()].filter(isHere);
  const things = useOnOffer();
  const done = useCell(fills)?.filter(isHere) ?? null;
  const isAny = open !== null && open.length > 0;
  const aside =
    isAny &&
    html`<${CancelAll} market=${market} n=${open.length} />`;
  const amended = isAny && open.find(({ order }) => order === changed);
  return html`<${Card} name="own-orders" title=${t("orders.title")} aside=${aside}>
    <div class="scroll-x">
      <${Rows}
        caption=${t("orders.title")}
        heads=${orderHeads(market)}
        rows=${open && open.map((order) => orderRow(order, change, market, things))}
        empty="orders.empty"
      />
    </div>
    ${
      amended &&
      html`<${Amending} key=${changed} order=${amended} onEnd=${() => change("")} />`
    }
    <h3>${t("fills.title")}</h3>
    <div class="scroll-x">
      <${Rows}
        caption=${t("fills.title")}
        heads=${fillHeads(market)}
        rows=${done && done.slice(0, FILLS_SHOWN).map((fill) => fillRow(fill, market))}
        empty="fills.empty"
      />
    </div>
  <//>`;
}

const marketHead = (market) => (market ? [] : ["markets.market"]); // of one market it is known

const marketCell = (row, market) =>
  market ? [] : [html`<${MarketLink} market=${row.market} />`];

const orderHeads = (market) =>
  heads(
    "word.order",
    ...marketHead(market),
    "word.side",
    "word.offered",
    "word.price#",
    "word.open#",
    "word.filled#",
    "ticket.force",
    "",
  );

function orderRow(order, change, market, things) {
  return {
    key: order.order,
    cells: [
      html`<${Id} of=${order.order} />`,
      ...marketCell(order, market),
      sideWords(order.side),
      offeredBy(order, things),
      priceIn(order.market, order.price_ticks),
      show.count(order.open_lots),
      show.count(order.filled_lots),
      tOr(`force.${order.time_in_force}`, order.time_in_force),
      html`<${Change} order=${order.order} onChange=${change} />${" "}
        <${Cancel} order=${order.order} />`,
    ],
  };
}

/** The things that an ask for title offers; a bid has none, and an ask of leases names its own. */
function offeredBy({ order, side, market }, things) {
  if (side === "bid" || markets.get().get(market)?.spec.kind !== "title") return "–";
  if (!Array.isArray(things)) return html`<${Unheard} />`;
  const found = things.filter((row) => row.order === order).map(({ thing }) => thing);
  return found.length ? html`<${Id} of=${show.things(found)} />` : html`<${Unheard} />`;
}

/** So many at once: asked first. */
function CancelAll({ market, n }) {
  const words = t(market ? "orders.cancel_look" : "orders.cancel_look_all", {
    n,
    shown: show.count(n),
  });
  const ask = html`${t(market ? "orders.cancel_all_here" : "orders.cancel_all")}
    ${!market && html` <kbd>Shift X</kbd>`}`;
  return html`<${AskedFirst} class="quiet" intent=${cancelAll(market)} ask=${ask} words=${words}
    sign=${t("orders.cancel_sign")} />`;
}

function Change({ order, onChange }) {
  const words = t("orders.change_one", { order });
  return html`<button type="button" class="quiet" onClick=${() => onChange(order)}
    aria-label=${words}>
    ${t("orders.change")}
  </button>`;
}

function Cancel({ order }) {
  const words = t("orders.cancel_one", { order });
  return html`<${Press} class="quiet" intent=${cancel(order)} aria-label=${words}>
    ${t("orders.cancel")}
  <//>`;
}

const fillHeads = (market) =>
  heads(
    "word.time",
    ...marketHead(market),
    "word.side",
    "word.price#",
    "word.lots#",
    "word.fee#",
    "word.settlement",
  );

function fillRow(fill, market) {
  return {
    key: fill.fill,
    cells: [
      html`<${Moment} of=${fill.at_ns} />`,
      ...marketCell(fill, market),
      sideWords(fill.side),
      priceIn(fill.market, fill.price_ticks),
      show.count(fill.lots),
      show.money(fill.fee_minor),
      html`<${Id} of=${fill.settlement || "–"} />`,
    ],
  };
}

const sideWords = (side) =>
  html`<span class=${side}><${Sign} up=${side === "bid"} /> ${t(`word.${side}`)}</span>`;

/** With its unit: of a lease both ways in which it is said. */
function priceIn(market, ticks) {
  const row = markets.get().get(market);
  if (!row) return html`<${Unheard} />`;
  if (row.spec.kind === "title") return show.priceWords(row.spec, ticks);
  return html`${show.priceWords(row.spec, ticks)}
    <small>= ${t("unit.month", { n: show.price(row.spec, ticks) })}</small>`;
}
