/** The seat's page: who sits here and with which key; cash, holdings, orders, settlements. */

import { html, useEffect, useRef } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { leave, leaveForGood } from "../wire/acts.js";
import { party } from "../wire/commands.js";
import { newEnough } from "../wire/newest.js";
import { orders, settlements } from "../wire/orders.js";
import { unanswered, waiting } from "../wire/outbox.js";
import { list } from "../wire/rest.js";
import { may, seated, seats } from "../wire/seat.js";
import { venue } from "../wire/venue.js";
import { Cash } from "./cash.js";
import { problemWords } from "./notice.js";
import { AskedFirst } from "./last_look.js";
import { Leases } from "./leases.js";
import { OwnOrders } from "./own_orders.js";
import { OwnProposals } from "./own_proposals.js";
import { Card, ClassTags, Facts, heads, Id, Rows, ThingLink, Unheard } from "./parts.js";
import { PendingKeys } from "./pending_keys.js";
import { Press } from "./press.js";
import { Code, Kept, Offer } from "./seat_needed.js";
import { useReading } from "./reading.js";
import { Settlements } from "./settlements.js";

const THINGS_SHOWN = 200;
const DEMO_SEATS = ["trader", "seller", "auditor"];

/** Who sits down or leaves has another page before him: it begins at its top. */
export function SeatPage() {
  const seat = useCell(seated);
  const who = seat?.principal ?? "";
  const shown = useRef(who);
  useEffect(() => {
    if (shown.current !== who) scrollTo(0, 0);
    shown.current = who;
  }, [who]);
  return seat ? html`<${Seated} seat=${seat} key=${seat.principal} />` : html`<${Standing} />`;
}

function Standing() {
  const record = useCell(venue);
  const kept = useCell(seats);
  return html`<div class="record">
    <h1>${t("seat.title")}</h1>
    <p class="lead">${t("seat.lead")}</p>
    <${PendingKeys} />
    ${kept.length > 0 && html`<${Kept} seats=${kept} />`}
    ${
      record.kind === "demo" &&
      html`<div class="seat-offers">
      ${DEMO_SEATS.map(
        (name) =>
          html`<${Card} key=${name} name="offer" title=${t(`seat.${name}`)}>
            <div class="seat-needed">
              <p>${t(`seat.${name}_may`)}</p>
              <${Offer} seat=${name} record=${record} />
            </div>
          <//>`,
      )}
    </div>`
    }
    <div class="invited"><h2>${t("seat.invited")}</h2><${Code} /></div>
  </div>`;
}

function Seated({ seat }) {
  const record = useReading(party, [seat.principal]);
  useCell(waiting);
  const others = useCell(seats).filter((each) => each.principal !== seat.principal);
  return html`<div class="record">
    <h1>${seat.called}</h1>
    <${Facts} pairs=${[
      [t("seat.party"), html`<${Id} of=${seat.party} />`],
      [t("seat.principal"), html`<${Id} of=${seat.principal} />`],
      [t("seat.scopes"), seat.scopes.map((scope) => tOr(`scope.${scope}`, scope)).join(" · ")],
      [t("seat.roles"), told(record, rolesOf)],
      [t("seat.tier"), told(record, ({ kyc_tier: tier }) => tier)],
      [t("seat.until"), show.instant(seat.expiresNs)],
    ]} />
    <p class="faint">${t("seat.key_note")}</p>
    <p class="kept">
      <${Press} intent=${leave()}>${t("seat.rise")}<//>
      ${
        unanswered()
          ? html`<span class="faint">${t("seat.acts_wait", { n: unanswered() })}</span>`
          : html`<${AskedFirst} class="quiet" intent=${leaveForGood()} ask=${t("seat.forget")}
              words=${t("seat.forget_look")} sign=${t("seat.forget_sign")} />`
      }
    </p>
    ${others.length > 0 && html`<h2>${t("seat.others")}</h2><${Kept} seats=${others} />`}
    <div class="seat-cards">
      <${OwnProposals} />
      <${Cash} />
      <${Holdings} />
      ${may("trade", "seller") && html`<${OwnOrders} />`}
      <${Settlements} />
      <${Leases} />
    </div>
    <${PendingKeys} />
    <details class="another"><summary>${t("seat.another")}</summary><${Code} /></details>
  </div>`;
}

/** A part of what was read once, or why there is none. */
function told(answer, part) {
  if (!answer) return html`<${Unheard} />`;
  return answer instanceof Error ? problemWords(answer) : part(answer);
}

const rolesOf = ({ roles }) => roles.map((role) => tOr(`role.${role}`, role)).join(" · ");

function Holdings() {
  const open = useCell(settlements)?.size; // what is settled changes hands
  const me = seated.get()?.party;
  const nodes = useReading(() => list("/v1/nodes", newEnough(), THINGS_SHOWN + 1), ["nodes", open]);
  const units = useReading(() => list("/v1/units", newEnough()), ["units", open]);
  const placed = useCell(orders);
  const asks = placed && [...placed.keys()].join(" ");
  const own = () => list("/v1/holdings", { party: me, ...newEnough() });
  const titled = useReading(own, [`holdings ${me}`, open, asks]);
  const answers = [nodes, units, titled];
  const problem = answers.find((told) => told instanceof Error);
  if (problem) return html`<${Untold} problem=${problem} />`;
  const all = answers.every(Boolean) && [...cardsElsewhere(titled, nodes, units), ...nodes];
  const rows = all && all.slice(0, THINGS_SHOWN).map((each) => thingRow(each, units, titled));
  return html`<${Card} name="holdings" title=${t("holdings.title")}>
    <div class="scroll" tabindex="0" role="group" aria-label=${t("holdings.title")}>
      <${Rows}
        caption=${t("holdings.title")}
        heads=${heads("word.node_or_card", "word.model", "word.class", "word.title", "word.site")}
        rows=${rows || null}
        empty="holdings.empty"
      />
    </div>
    ${
      all.length > THINGS_SHOWN &&
      html`<p class="faint">${t("holdings.more", { n: THINGS_SHOWN })}</p>`
    }
  <//>`;
}

/** Single cards of one's own that stand in no node of *nodes*: their nodes are other people's. */
function cardsElsewhere(titled, nodes, units) {
  const shown = new Set(nodes.map(({ node }) => node));
  const nodeOf = new Map(units.map(({ unit, node }) => [unit, node]));
  return titled.filter(({ thing }) => thing.startsWith("u-") && !shown.has(nodeOf.get(thing)));
}

/** A row of a node, or of a single card that one holds. */
function thingRow(row, units, titled) {
  const id = row.node ?? row.thing;
  return {
    key: id,
    cells: [
      html`<${ThingLink} id=${id} />`,
      row.model || t("thing.single_cards"),
      html`<${ClassTags} of=${row} />`,
      row.thing ? ownWords(row.thing, titled) : titleWords(row, units, titled),
      html`<${Id} of=${row.site} />`,
    ],
  };
}

function Untold({ problem }) {
  return html`<${Card} name="holdings" title=${t("holdings.title")}>
    <p class="problem">${problemWords(problem)}</p>
  <//>`;
}

/** Whose title to a node is: a board's as a whole, single cards' each by itself. */
function titleWords(node, units, titled) {
  const me = seated.get()?.party;
  if (node.owner === me) return ownWords(node.node, titled);
  if (node.owner) return t("thing.of", { party: node.owner });
  if (node.model) return t("thing.untitled");
  const cards = units.filter((unit) => unit.node === node.node && unit.state !== "retired");
  const n = cards.filter((unit) => unit.owner).length;
  if (!n) return t("thing.untitled");
  const mine = cards.filter((unit) => unit.owner === me).length;
  return t("thing.cards_titled", { n, of: cards.length, mine });
}

/** One's own: free, on offer, or sold and not yet settled. */
function ownWords(thing, titled) {
  const { order, settlement } = titled.find((row) => row.thing === thing) ?? {};
  if (settlement) return t("thing.yours_sold", { settlement });
  return order ? t("thing.yours_offered", { order }) : t("thing.yours");
}
