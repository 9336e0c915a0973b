/** Which of one's own things an ask will take: chosen here, or else the lowest free numbers. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { cell, useCell } from "../core/cell.js";
import { go, marketAddress } from "../core/route.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";
import { newEnough } from "../wire/newest.js";
import { orders, settlements } from "../wire/orders.js";
import { list } from "../wire/rest.js";
import { seated } from "../wire/seat.js";
import { problemWords } from "./notice.js";
import { inThree } from "./parts.js";
import { useReading } from "./reading.js";

const SHOWN = 40;

/** {market, thing} that a thing's own page asks the ticket to fill in; null: nothing. */
export const wanted = cell(null);

/** To the ticket of a market, filled in with a thing to sell. */
export function offer(market, thing) {
  wanted.set({ market, thing });
  go(marketAddress(market));
}

/** One's own things that can be sold in a market now, lowest number first: null until heard. */
export function useFree(spec, isWanted) {
  const open = useCell(orders)?.size;
  const unsettled = useCell(settlements)?.size;
  const ask = async () => {
    if (!isWanted) return null;
    const rows = await list("/v1/holdings", newEnough());
    return rows.filter((row) => isFree(spec, row)).map(({ thing }) => thing).sort();
  };
  return useReading(ask, [`${spec.market} ${seated.get()?.principal}`, isWanted, open, unsettled]);
}

function isFree(spec, row) {
  const isOfClass =
    row.asset_class === `${spec.model}.${spec.grade}${spec.provenance[1]}` &&
    row.delivery_point === spec.delivery_point;
  return isOfClass && !row.order && !row.settlement;
}

/** *lots*: how many an ask names; *chosen*: the things that it names, none if the venue chooses. */
export function Offering({ free, lots, chosen, onChoose }) {
  if (free instanceof Error) return html`<p class="problem">${problemWords(free)}</p>`;
  const toggle = (thing) =>
    onChoose(chosen.includes(thing) ? chosen.filter((each) => each !== thing) : [...chosen, thing]);
  const taken = free && chosen.length === 0 ? lowest(free, lots) : [];
  const some = () => html`<p class="faint">${t("offer.free", { n: free.length })}${" "}
      ${taken.length > 0 && t("offer.lowest", { things: show.things(taken) })}
    </p>
    <div class="things" role="group" aria-label=${t("offer.which")}>
      ${free.slice(0, SHOWN).map(
        (thing) => html`<label key=${thing} class="check">
          <input type="checkbox" checked=${chosen.includes(thing)}
            onChange=${() => toggle(thing)} />
          <span class="id">${thing}</span>
        </label>`,
      )}
    </div>`;
  const none = html`<p class="problem">${t("offer.none")}</p>`;
  return html`<div class="offering">${inThree(free, free, { none, some })}</div>`;
}

/** What an ask of so many lots takes where nothing was chosen; [] if there are not so many. */
export const lowest = (free, lots) =>
  Array.isArray(free) && lots && lots <= free.length ? free.slice(0, lots) : [];

/** One's own things and which order offers each, as `GET /v1/holdings`: null until heard. */
export function useOnOffer() {
  const heard = useCell(orders);
  const asks = heard && [...heard.values()].filter(({ side }) => side === "ask");
  const what = asks && asks.map(({ order, open_lots: lots }) => `${order} ${lots}`).join(" ");
  const { party, principal } = seated.get();
  const ask = async () => (what ? list("/v1/holdings", { party, ...newEnough() }) : []);
  return useReading(ask, [`on offer ${principal}`, what]);
}
