/** The order ticket: what is typed, what the venue makes of it, then the button that sends. */

import { html, useEffect, useRef, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { whole } from "../core/exact.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { place } from "../wire/acts.js";
import { isWaiting, press, waiting } from "../wire/outbox.js";
import { may, seated } from "../wire/seat.js";
import { TIMES_IN_FORCE } from "../wire/terms.js";
import { useLastLook } from "./last_look.js";
import { lowest, Offering, useFree, wanted } from "./offering.js";
import { Card, Choice, Unheard } from "./parts.js";
import { oncePressed } from "./press.js";
import { Reckoning, usePreview } from "./reckoning.js";
import { Refusal } from "./refusal.js";
import { SeatNeeded } from "./seat_needed.js";
import { understood } from "./typed.js";

export function Ticket({ spec, book, picked }) {
  const seat = useCell(seated);
  const isOpen = seat && may("trade", "seller");
  return html`<${Card} name="ticket" title=${t("ticket.title")}>
    ${
      isOpen
        ? html`<${Form} spec=${spec} book=${book} picked=${picked} />`
        : html`<${SeatNeeded} seats=${["trader"]} why="ticket.needs_seat" />`
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
  const [chosen, setChosen] = useState([]); // things that an ask names; none: the venue chooses
  const [isAsking, ask, isArmed] = useLastLook();
  const [isLooking, setLooking] = useState(false); // the venue is asked whether it would take it
  const [refused, refuse] = useState({}); // {name, problem} of what was sent

  useEffect(() => {
    if (picked) setPrice(priceOf(spec, picked.ticks, basis));
  }, [picked]);

  const choose = (things) => {
    setChosen(things);
    if (things.length) setLots(String(things.length));
  };
  const offered = useCell(wanted);
  useEffect(() => {
    if (offered?.market !== spec.market) return;
    setSide("ask");
    choose([offered.thing]);
    wanted.set(null);
    document.querySelector("#price")?.focus();
  }, [offered]);
  const isSale = side === "ask" && spec.kind === "title";
  const free = useFree(spec, isSale);

  const order = understood(spec, priceText, lotsText, basis, side);
  const offers = isSale && !chosen.length ? lowest(free, order.lots) : chosen;
  const isUnread = isSale && !free; // which things the ask takes is not known yet
  const intent = order.ticks && !isUnread
    ? place({
        market: spec.market,
        side,
        type: "limit",
        price_ticks: Number(order.ticks),
        lots: order.lots,
        time_in_force: force,
        ...(isPostOnly ? { post_only: "reject" } : {}),
        ...(isSale && offers.length ? { nodes: offers } : {}),
      })
    : null;
  const name = intent?.name ?? "";
  useEffect(() => ask(false), [name]);
  useCell(waiting);
  const isSent = intent !== null && isWaiting(name);
  const facing = side === "bid" ? book.asks[0] : book.bids[0];
  const { preview, problem, ask: askVenue } = usePreview(intent, String(facing));

  /** The same price in the other unit: what was typed does not become another price. */
  const retype = (next) => {
    if (order.ticks) setPrice(priceOf(spec, order.ticks, next));
    setBasis(next);
  };

  /** The venue's own no comes before the last look, not after it. */
  const review = async () => {
    setLooking(true);
    const isTaken = await askVenue().then(
      () => true,
      () => false,
    );
    setLooking(false);
    if (isTaken && latest.current === name) ask(true);
  };
  const latest = useRef(name); // what is typed may change while the venue looks at it
  latest.current = name;

  const refusal = refused.name === name ? refused.problem : null;
  const doing = isSent ? "act.busy" : isAsking ? `ticket.confirm_${side}` : "ticket.review";
  const isHeld = isLooking || isSent || (isAsking && !isArmed);

  const submit = async (event) => {
    event.preventDefault();
    if (!intent || isHeld) return;
    refuse({});
    if (!isAsking) return void (await review());
    ask(false);
    await press(intent).then(
      () => setChosen([]), // they are on offer now
      (no) => refuse({ name, problem: no }),
    );
  };
  return html`<form class="ticket-form" onSubmit=${submit} onKeyDown=${oncePressed}
    autocomplete="off">
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
      html`<${Choice} label=${t("ticket.basis")} value=${basis} onChoose=${retype}
      choices=${["lot", "unit"].map((each) => [each, t(`per.${spec.kind}_${each}`)])} />`
    }
    ${
      isSale &&
      html`<${Offering} free=${free} lots=${whole(lotsText)} chosen=${chosen} onChoose=${choose} />`
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
    <${Limits} spec=${spec} phase=${book.phase} />
    <${Reckoning} spec=${spec} side=${side} order=${order} preview=${preview} problem=${problem} />
    ${refusal && html`<${Refusal} problem=${refusal} />`}
    <button type="submit" class=${`send send-${side}`} disabled=${!intent} aria-disabled=${isHeld}
      aria-busy=${isSent || isLooking}>
      ${t(doing)}
    </button>
    ${
      isAsking &&
      html`<p class="faint" role="status">
      ${isSale && offers.length > 0 && t("ticket.offers", { things: show.things(offers) })}${" "}
      ${t("ticket.last_look")}
      <button type="button" class="quiet" onClick=${() => ask(false)}>
        ${t("ticket.not_yet")}
      </button>
    </p>`
    }
  </form>`;
}

/** What any order here must keep to, before one is typed. */
function Limits({ spec, phase }) {
  const figures = {
    lots: spec.max_lots ? show.count(spec.max_lots) : "…",
    n: spec.max_notional_minor ? show.money(spec.max_notional_minor) : "…",
  };
  return html`<p class="faint limits">
    ${phase === null ? html`<${Unheard} />` : t(`phase_takes.${phase}`)}${" "}
    ${t("ticket.limits", figures)}
  </p>`;
}

function priceOf(spec, ticks, basis) {
  if (spec.kind === "lease" && basis === "unit") return show.perHour(spec, ticks);
  return show.price(spec, ticks);
}
