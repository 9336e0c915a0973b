/** The order ticket: what is typed, what it means to the fen, and then the button that sends. */

import { html, useEffect, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { figure, minor, ticksOf, whole } from "../core/exact.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { place } from "../wire/orders.js";
import { may, seated } from "../wire/seat.js";
import { TIMES_IN_FORCE } from "../wire/terms.js";
import { problemWords, said } from "./notice.js";
import { Card, Choice } from "./parts.js";
import { Reckoning } from "./reckoning.js";
import { SeatNeeded } from "./seat_needed.js";

export function Ticket({ spec, book, picked }) {
  const seat = useCell(seated);
  const isOpen = seat && may("trade", "seller");
  return html`<${Card} name="ticket" title=${t("ticket.title")}>
    ${
      isOpen
        ? html`<${Form} spec=${spec} book=${book} picked=${picked} />`
        : html`<${SeatNeeded} seat="trader" why="ticket.needs_seat" />`
    }
  <//>`;
}

function Form({ spec, book, picked }) {
  const [side, setSide] = useState("bid");
  const [priceText, setPrice] = useState("");
  const [lotsText, setLots] = useState("1");
  const [basis, setBasis] = useState(spec.kind === "lease" ? "lot" : "unit");
  const [force, setForce] = useState(TIMES_IN_FORCE[0]);
  const [isPostOnly, setPostOnly] = useState(false);
  const [isAsking, ask] = useState(false); // the last look before it is sent
  const [problem, setProblem] = useState("");

  useEffect(() => {
    if (picked) setPrice(priceOf(spec, picked.ticks, basis));
  }, [picked]);
  useEffect(() => ask(false), [side, priceText, lotsText, basis, force, isPostOnly]);

  const order = understood(spec, priceText, lotsText, basis);
  const args = order.ticks && {
    market: spec.market,
    side,
    type: "limit",
    price_ticks: Number(order.ticks),
    lots: order.lots,
    time_in_force: force,
    ...(isPostOnly ? { post_only: "reject" } : {}),
  };

  const submit = async (event) => {
    event.preventDefault();
    if (!args) return;
    if (!isAsking) return void ask(true);
    ask(false);
    setProblem("");
    try {
      const { result } = await place(args);
      said(`ticket.${result.filled_lots ? "traded" : "placed"}`, {
        order: result.order,
        n: result.filled_lots,
        state: t(`state.${result.state}`),
      });
    } catch (refusal) {
      setProblem(problemWords(refusal));
    }
  };

  return html`<form class="ticket-form" onSubmit=${submit} autocomplete="off">
    <div class="sides" role="group" aria-label=${t("word.side")}>
      ${["bid", "ask"].map(
        (each) =>
          html`<button type="button" key=${each} data-key=${each} class=${`side-${each}`}
            aria-pressed=${side === each} onClick=${() => setSide(each)}>
            ${each === "bid" ? "▲" : "▼"} ${t(`ticket.${each}_${spec.kind}`)}
          </button>`,
      )}
    </div>
    <div class="fields">
      <label>
        <span>${t("word.price")} <small>${t(`per.${spec.kind}_${basis}`)}</small></span>
        <input id="price" inputmode="decimal" value=${priceText} required spellcheck=${false}
          onInput=${(event) => setPrice(event.target.value)} />
      </label>
      <label>
        <span>${t("word.lots")} <small>${t("ticket.lot", { n: spec.gpus_per_lot })}</small></span>
        <input id="lots" inputmode="numeric" value=${lotsText} required spellcheck=${false}
          onInput=${(event) => setLots(event.target.value)} />
      </label>
    </div>
    ${
      spec.kind === "lease" &&
      html`<${Choice} label=${t("ticket.basis")} value=${basis} onChoose=${setBasis}
      choices=${["lot", "unit"].map((each) => [each, t(`per.${spec.kind}_${each}`)])} />`
    }
    <div class="fields fields-even">
    <label>
      <span>${t("ticket.force")}</span>
      <select value=${force} onChange=${(event) => setForce(event.target.value)}>
        ${TIMES_IN_FORCE.map(
          (each) => html`<option key=${each} value=${each}>${tOr(`force.${each}`, each)}</option>`,
        )}
      </select>
    </label>
    <label class="check">
      <input
        type="checkbox"
        checked=${isPostOnly}
        onChange=${(event) => setPostOnly(event.target.checked)}
      />
      <span>${t("ticket.post_only")}</span>
    </label>
    </div>
    <${Reckoning} spec=${spec} side=${side} order=${order} book=${book} />
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <button type="submit" class=${`send send-${side}`} disabled=${!args}>
      ${t(isAsking ? `ticket.confirm_${side}` : "ticket.review")}
    </button>
    ${
      isAsking &&
      html`<p class="faint" role="status">
      ${t("ticket.last_look")}
      <button type="button" class="quiet" onClick=${() => ask(false)}>
        ${t("ticket.not_yet")}
      </button>
    </p>`
    }
  </form>`;
}

/** What was typed, in ticks and lots, or a key that says what is wrong with it. */
function understood(spec, priceText, lotsText, basis) {
  const lots = whole(lotsText);
  if (!priceText.trim()) return { wrong: "" };
  const typed = figure(priceText);
  if (!typed) return { wrong: "ticket.no_figure" };
  const isInFen = spec.kind === "lease" && basis === "unit";
  const inMinor = isInFen ? fen(typed) : minor(typed, show.venueSays.minorDigits);
  if (inMinor === null || inMinor === 0n) return { wrong: "ticket.too_fine" };
  const { ticks, below, isRounded } = ticksOf(spec, inMinor, basis);
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

/** Fen per GPU-hour are typed whole. */
const fen = (typed) => (typed.scale === 0 ? typed.digits : null);

function priceOf(spec, ticks, basis) {
  if (spec.kind === "lease" && basis === "unit") return show.perHour(spec, ticks);
  return show.price(spec, ticks);
}
