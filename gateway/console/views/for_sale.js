/** Of an own thing: the way to the ticket that offers it, or why it cannot be offered now. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { present } from "../core/clock.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";
import { newEnough } from "../wire/newest.js";
import { orders, settlements } from "../wire/orders.js";
import { list } from "../wire/rest.js";
import { may, seated } from "../wire/seat.js";
import { markets } from "../wire/venue.js";
import { problemWords } from "./notice.js";
import { offer } from "./offering.js";
import { useReading } from "./reading.js";

const DAY_NS = 86_400_000_000_000n;

/** Where things of this class are sold at this place. */
export function marketOf({ model, grade, provenance, delivery_point: point }) {
  const isIt = ({ spec }) =>
    spec.kind === "title" &&
    spec.delivery_point === point &&
    spec.model === model &&
    spec.grade === grade &&
    spec.provenance === provenance;
  return [...markets.get().values()].find(isIt)?.spec;
}

/** *events*: the life of the thing, oldest first; the last sale in it begins its holding period. */
export function ForSale({ thing, record, events }) {
  const me = seated.get()?.party;
  const open = useCell(orders)?.size;
  const unsettled = useCell(settlements)?.size;
  const isMine = Boolean(record.owner) && record.owner === me && may("trade", "seller");
  const ask = async () => (isMine ? list("/v1/holdings", { party: me, ...newEnough() }) : null);
  const told = useReading(ask, [`${thing} ${me}`, open, unsettled, record.owner]);
  if (told instanceof Error) return html`<p class="problem">${problemWords(told)}</p>`;
  if (!told) return null;
  const row = told.find((each) => each.thing === thing);
  const spec = marketOf(record);
  if (!row) return html`<p class="faint">${t("offer.with_node")}</p>`;
  if (row.settlement) return html`<p class="faint">${t("offer.sold", row)}</p>`;
  if (row.order) return html`<p class="faint">${t("offer.stands", row)}</p>`;
  return spec && html`<${FromNowOn} thing=${thing} spec=${spec} sale=${lastSale(events)} />`;
}

/** The button, once the holding period of its last sale is over; until then, when that is. */
function FromNowOn({ thing, spec, sale }) {
  const now = useCell(present);
  const days = spec.holding_days;
  const from = sale && BigInt(sale.at_ns) + BigInt(days) * DAY_NS;
  if (sale && now < from) {
    const figures = { n: days, bought: show.instant(sale.at_ns), from: show.instant(from) };
    return html`<p class="faint">${t("offer.held", figures)}</p>`;
  }
  return html`<p>
    <button type="button" class="primary" onClick=${() => offer(spec.market, thing)}>
      ${t("offer.this")}
    </button>
  </p>`;
}

const lastSale = (events) =>
  events.findLast(({ topic, event }) => topic === "title_transferred" && event.basis === "sale");
