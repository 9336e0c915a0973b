/** New terms of an order that stands: typed, looked at by the venue, then signed and sent. */

import { html, useEffect, useRef, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";
import { amend } from "../wire/acts.js";
import { markets } from "../wire/venue.js";
import { Press } from "./press.js";
import { Reckoning, usePreview } from "./reckoning.js";
import { understood } from "./typed.js";

/** *order*: a row of the feed; *lots* typed are those that stay open. */
export function Amending({ order, onEnd }) {
  const { spec } = useCell(markets).get(order.market);
  const [priceText, setPrice] = useState(show.price(spec, order.price_ticks));
  const [lotsText, setLots] = useState(String(order.open_lots));
  const basis = spec.kind === "lease" ? "lot" : "unit";
  const typed = understood(spec, priceText, lotsText, basis, order.side);
  const isSame = typed.ticks === BigInt(order.price_ticks) && typed.lots === order.open_lots;
  const intent =
    typed.ticks && !isSame
      ? amend(order.order, {
          price_ticks: Number(typed.ticks),
          lots: order.filled_lots + typed.lots,
        })
      : null;
  const { preview, problem } = usePreview(intent, "");
  const first = useRef(null);
  useEffect(() => first.current.focus(), []);
  return html`<form class="amending" onSubmit=${(event) => event.preventDefault()}
    aria-label=${t("orders.change_one", { order: order.order })}>
    <p><b>${t("orders.change_one", { order: order.order })}</b></p>
    <div class="fields">
      <label>
        <span>${t("word.price")} <small>${t(`per.${spec.kind}_${basis}`)}</small></span>
        <input ref=${first} inputmode="decimal" value=${priceText} spellcheck=${false}
          onInput=${(event) => setPrice(event.target.value)} />
      </label>
      <label>
        <span>${t("word.open")} <small>${t("ticket.lot", { n: spec.gpus_per_lot })}</small></span>
        <input inputmode="numeric" value=${lotsText} spellcheck=${false}
          onInput=${(event) => setLots(event.target.value)} />
      </label>
    </div>
    ${
      isSame
        ? html`<p class="faint">${t("orders.unchanged")}</p>`
        : html`<${Reckoning} spec=${spec} side=${order.side} order=${typed} preview=${preview}
            problem=${problem} />`
    }
    <p class="kept">
      ${
        intent &&
        preview &&
        html`<${Press} class="primary" intent=${intent} onReply=${onEnd}>
          ${t("orders.sign_change")}
        <//>`
      }
      <button type="button" class="quiet" onClick=${onEnd}>${t("ticket.not_yet")}</button>
    </p>
  </form>`;
}
