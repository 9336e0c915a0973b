/** A unit or a node: what it is, who held it since when, and every event of its life. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { auditAddress, link } from "../core/route.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { nameOf, names } from "../wire/names.js";
import { listed, read } from "../wire/rest.js";
import { may, seated } from "../wire/seat.js";
import { Chain } from "./chain.js";
import { ForSale, marketOf } from "./for_sale.js";
import { problemWords } from "./notice.js";
import { HowToFile } from "./papers.js";
import { Card, Facts, heads, Id, MarketLink, reasonWords, Rows } from "./parts.js";
import { subjectOf, Tag, ThingLink } from "./parts.js";
import { useReading } from "./reading.js";
import { SeatNeeded } from "./seat_needed.js";

const EVENTS_MOST = 2_000;
const SEE_THINGS = ["seller", "auditor"]; // one's own, with the right to sell them; and all

export function Thing({ id }) {
  const seat = useCell(seated);
  const { record, life, problem } = useThing(id, seat?.principal ?? "") ?? {};
  if (!id) return html`<${Nameless} />`;
  return html`<div class="record thing">
    <h1>
      <${Id} of=${id} />
      ${record && html`<span>${record.model || t("thing.single_cards")}</span>`}
    </h1>
    ${
      !seat &&
      html`<${Card} name="seat-first" title=${t("thing.seat_needed")}>
        <${SeatNeeded} seats=${SEE_THINGS} why="thing.who_may_see" />
      <//>`
    }
    ${problem && html`<${Closed} problem=${problem} />`}
    ${seat && !problem && !record && html`<p class="nothing">${t("thing.asking")}</p>`}
    ${record && html`<${About} id=${id} record=${record} life=${life} />`}
    ${
      record &&
      !isOfSingleCards(record) &&
      html`<${Chain} events=${life.rows} isWhole=${life.isWhole} />`
    }
    ${
      record &&
      may("audit") &&
      html`<p><a href=${link(auditAddress(id))}>${t("audit.chain", { thing: id })}</a></p>`
    }
    ${record && html`<${Life} ...${life} />`}
  </div>`;
}

function Nameless() {
  return html`<div class="record">
    <h1>${t("thing.none")}</h1>
    <p>${t("search.form")}</p>
  </div>`;
}

/** The record and its history, asked again when another seat looks; null until they came. */
function useThing(id, viewer) {
  const path = `/v1/${id.startsWith("n-") ? "nodes" : "units"}/${id}`;
  const ask = async () => {
    if (!id || !viewer) return null; // without a seat there is nothing to ask for
    const told = await Promise.all([read(path), listed(`${path}/history`, {}, EVENTS_MOST)]);
    return { record: told[0], life: told[1] };
  };
  const answer = useReading(ask, [`${id} ${viewer}`]);
  return answer instanceof Error ? { problem: answer } : answer;
}

/** Not for this seat, or not there: what the venue said, and the seat that sees everything. */
function Closed({ problem }) {
  const isHidden = problem.status === 404 || problem.status === 403;
  return html`<p class="problem" role="alert">${problemWords(problem)}</p>
    ${
      isHidden &&
      html`<${Card} name="seat-first" title=${t("thing.seat_needed")}>
        <${SeatNeeded} seats=${SEE_THINGS} why="thing.not_yours" />
      <//>`
    }`;
}

function About({ id, record, life }) {
  useCell(names);
  const { grade, provenance } = record;
  const isNode = id.startsWith("n-");
  return html`<${Card} name="about" title=${t("thing.about")}>
    <p class="tags">
      <span><${Tag} kind="grade" value=${grade} />${t(`grade.${grade}`)}</span>
      <span><${Tag} kind="provenance" value=${provenance} />${t(`provenance.${provenance}`)}</span>
    </p>
    <${Facts} pairs=${[...rights(record), ...evidence(record), ...places(record, isNode)]} />
    ${record.grade === "U" && html`<p class="faint">${t("thing.ungraded")}</p>`}
    ${isOwn(record) && record.provenance !== "P1" && html`<${HowToFile} thing=${id} />`}
    <${ForSale} thing=${id} record=${record} events=${life.rows} />
  <//>`;
}

/** Whether this seat's party may file papers for it. */
const isOwn = ({ owner, registrant }) =>
  may("seller") && [owner, registrant].includes(seated.get().party);

/** A node whose cards are things of their own, each with its own title and market. */
const isOfSingleCards = (record) => Boolean(record.node && record.units && !record.model);

/** Of a node of single cards nobody holds title: its cards are things of their own. */
function titleHolder(record) {
  const isMine = record.owner && record.owner === seated.get()?.party;
  if (isMine) return html`${t("thing.yours")} <${Party} id=${record.owner} />`;
  if (record.owner) return html`<${Party} id=${record.owner} />`;
  return t(isOfSingleCards(record) ? "thing.each_card" : "thing.untitled");
}

const rights = (record) => [
  [t("thing.owner"), titleHolder(record)],
  [t("thing.registrant"), html`<${Party} id=${record.registrant} />`],
];

const evidence = (record) => [
  [t("thing.identity"), t(`identity.${record.identity}`)],
  [t("thing.serial"), record.serial && html`<${Id} of=${record.serial} />`],
  [t("thing.part"), record.board_part_number && html`<${Id} of=${record.board_part_number} />`],
  [t("thing.uuid"), record.uuid && html`<${Id} of=${record.uuid} />`],
  [t("word.state"), record.state && tOr(`unit.${record.state}`, record.state)],
  [t("thing.why_grade"), reasons(record.grade_reasons)],
  [t("thing.grade_until"), validUntil(record.grade_valid_to_ns)],
  [t("thing.flags"), reasons(record.flags)],
  [t("thing.gaps"), reasons(record.gaps)],
];

const places = (record, isNode) => [
  [t("word.site"), place(record)],
  [t("word.node"), !isNode && html`<${ThingLink} id=${record.node} />`],
  [t("thing.units"), isNode && record.units && html`<${Units} units=${record.units} />`],
  [t("markets.market"), market(record)],
];

const reasons = (codes) =>
  codes?.length > 0 && reasonWords(codes);

const validUntil = (ns) => ns > 0 && show.instant(ns);

function place({ site, delivery_point: point }) {
  return html`<${Id} of=${site} /> ${point ? tOr(`place.${point}`, point) : ""}`;
}

/** Why a thing has no market, as a key. */
function withoutMarket(record) {
  if (isOfSingleCards(record)) return "thing.cards_markets";
  if (record.identity !== "strong") return `thing.identity_${record.identity}`;
  return record.asset_class ? "thing.market_unopened" : "thing.no_class";
}

function market(record) {
  const spec = marketOf(record);
  return spec ? html`<${MarketLink} market=${spec.market} />` : t(withoutMarket(record));
}

const Units = ({ units }) =>
  html`<span class="ids">${units.map((id) => html`<${ThingLink} key=${id} id=${id} />`)}</span>`;

/** A party by id, with its name where this seat may know it. */
const Party = ({ id }) => html`<${Id} of=${id} /> ${nameOf(id)}`;

/** What was written of it, oldest first: everything, or as much as the page asks for. */
function Life({ rows: events, isWhole }) {
  const title = t(isWhole ? "thing.life" : "thing.life_begins", { n: events.length });
  const rows = events.map((event) => ({
    key: event.position,
    cells: [
      show.position(event.position),
      html`<time>${show.instant(event.at_ns)}</time>`,
      html`<${Id} of=${subjectOf(event.stream)} />`,
      tOr(`topic.${event.topic}`, event.topic),
      event.party ? html`<${Id} of=${event.party} />` : t("thing.by_venue"),
    ],
  }));
  return html`<${Card} name="life" title=${title}>
    <div class="scroll" tabindex="0" role="group" aria-label=${title}>
      <${Rows}
        caption=${title}
        rows=${rows}
        heads=${heads("word.position#", "word.time", "word.stream", "word.event", "thing.asked_by")}
      />
    </div>
  <//>`;
}
