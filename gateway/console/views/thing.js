/** A unit or a node: what it is, who held it since when, and every event of its life. */

import { html, useEffect, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { marketAddress, thingAddress } from "../core/route.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { nameOf, names } from "../wire/names.js";
import { list, read } from "../wire/rest.js";
import { seated } from "../wire/seat.js";
import { markets } from "../wire/venue.js";
import { Chain } from "./chain.js";
import { problemWords } from "./notice.js";
import { Card, Facts, Rows, Tag } from "./parts.js";
import { SeatNeeded } from "./seat_needed.js";

const EVENTS_MOST = 2_000;

export function Thing({ id }) {
  const seat = useCell(seated);
  const found = useThing(id, seat?.principal ?? "");
  if (!id) return html`<div class="record"><h1>${t("thing.none")}</h1><p>${t("search.form")}</p></div>`;
  return html`<div class="record thing">
    <h1><span class="id">${id}</span> ${found.record && html`<span>${found.record.model || t("thing.single_cards")}</span>`}</h1>
    ${!seat && html`<${SeatNeeded} seat="auditor" why="thing.who_may_see" />`}
    ${found.problem && html`<${Closed} problem=${found.problem} />`}
    ${seat && !found.problem && !found.record && html`<p class="nothing">${t("thing.asking")}</p>`}
    ${found.record && html`<${About} record=${found.record} id=${id} />`}
    ${found.record && html`<${Chain} events=${found.events} />`}
    ${found.record && html`<${Life} events=${found.events} />`}
  </div>`;
}

/** The record and its history, asked again when another seat looks. */
function useThing(id, viewer) {
  const [found, set] = useState({ events: [] });
  useEffect(() => {
    if (!id || !viewer) return; // without a seat there is nothing to ask for
    const kind = id.startsWith("n-") ? "nodes" : "units";
    set({ events: [] });
    Promise.all([read(`/v1/${kind}/${id}`), list(`/v1/${kind}/${id}/history`, {}, EVENTS_MOST)]).then(
      ([record, events]) => set({ record, events }),
      (problem) => set({ events: [], problem }),
    );
  }, [id, viewer]);
  return found;
}

/** Not for everyone: who may see it, and where to sit for that. */
function Closed({ problem }) {
  const isHidden = problem.status === 404 || problem.status === 403;
  return html`<p class="problem" role="alert">${problemWords(problem)}</p>
    ${isHidden && html`<${SeatNeeded} seat="auditor" why="thing.not_yours" />`}`;
}

function About({ record, id }) {
  useCell(names);
  const isNode = id.startsWith("n-");
  const market = [...markets.get().values()].find(
    ({ spec }) => spec.kind === "title" && spec.delivery_point === record.delivery_point && classOf(spec) === record.asset_class,
  );
  return html`<${Card} name="about" title=${t("thing.about")}>
    <p class="tags">
      <span><${Tag} kind="grade" value=${record.grade} />${t(`grade.${record.grade}`)}</span>
      <span><${Tag} kind="provenance" value=${record.provenance} />${t(`provenance.${record.provenance}`)}</span>
    </p>
    <${Facts} pairs=${[
      [t("thing.owner"), record.owner ? party(record.owner) : t("thing.untitled")],
      [t("thing.registrant"), party(record.registrant)],
      [t("thing.identity"), t(`identity.${record.identity}`)],
      [t("thing.serial"), record.serial && html`<span class="id">${record.serial}</span>`],
      [t("thing.part"), record.board_part_number && html`<span class="id">${record.board_part_number}</span>`],
      [t("thing.uuid"), record.uuid && html`<span class="id">${record.uuid}</span>`],
      [t("word.state"), record.state && tOr(`unit.${record.state}`, record.state)],
      [t("thing.why_grade"), reasons(record.grade_reasons)],
      [t("thing.grade_until"), record.grade_valid_to_ns > 0 && show.instant(record.grade_valid_to_ns)],
      [t("thing.flags"), reasons(record.flags)],
      [t("thing.gaps"), reasons(record.gaps)],
      [t("word.site"), place(record)],
      [t("word.node"), !isNode && html`<a class="id" href=${thingAddress(record.node)}>${record.node}</a>`],
      [t("thing.units"), isNode && record.units?.map((unit) => html`<a class="id" key=${unit} href=${thingAddress(unit)}>${unit}</a> `)],
      [t("markets.market"), market && html`<a class="symbol" href=${marketAddress(market.spec.market)}>${market.spec.market}</a>`],
    ]} />
  <//>`;
}

const classOf = (spec) => `${spec.model}.${spec.grade}${spec.provenance[1]}`;

const reasons = (codes) => codes?.length > 0 && codes.map((code) => tOr(`reason.${code}`, code)).join("; ");

const place = (record) =>
  html`<span class="id">${record.site}</span> ${record.delivery_point ? tOr(`place.${record.delivery_point}`, record.delivery_point) : ""}`;

/** A party by id, with its name where this seat may know it. */
export const party = (id) => html`<span class="id">${id}</span> ${nameOf(id)}`;

/** Everything that was ever written of it, oldest first. */
function Life({ events }) {
  const rows = events.map((event) => ({
    key: event.position,
    cells: [
      show.position(event.position),
      html`<time>${show.instant(event.at_ns)}</time>`,
      html`<span class="id">${event.stream}</span>`,
      tOr(`topic.${event.topic}`, event.topic),
      event.party ? html`<span class="id">${event.party}</span>` : t("thing.by_venue"),
    ],
  }));
  const heads = [[t("word.position"), true], [t("word.time")], [t("word.stream")], [t("word.event")], [t("thing.asked_by")]];
  return html`<${Card} name="life" title=${t("thing.life", { n: events.length })}>
    <div class="scroll" tabindex="0" role="region" aria-label=${t("thing.life", { n: events.length })}>
      <${Rows} caption=${t("thing.life", { n: events.length })} heads=${heads} rows=${rows} />
    </div>
  <//>`;
}
