/** What a report shows before anything is written: units, identity, grades, reasons, and worth. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { marketAddress } from "../core/route.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { leaseMarket, titleMarket } from "../wire/worth.js";
import { markets } from "../wire/venue.js";
import { Card, Rows, Tag } from "./parts.js";

export function Findings({ preview, site }) {
  const counted = (kind, counts) =>
    Object.entries(counts)
      .filter(([, n]) => n > 0)
      .map(([value, n]) => html`<span key=${value}>${n} × ${kind === "grade" ? html`<${Tag} kind="grade" value=${value} />` : t(`identity.${value}`)}</span>`);
  return html`<${Card} name="findings" title=${t("findings.title")}>
    <dl class="headline">
      <div class="quote"><dt>${t("findings.nodes")}</dt><dd>${show.count(preview.nodes)}</dd></div>
      <div class="quote"><dt>${t("findings.units")}</dt><dd>${show.count(preview.units)}</dd>
        <dd class="faint">${t("findings.new", { n: preview.new_units ?? preview.units })}</dd></div>
      <div class="quote"><dt>${t("thing.identity")}</dt><dd class="small">${counted("identity", preview.identity)}</dd></div>
      <div class="quote"><dt>${t("word.grade")}</dt><dd class="small">${counted("grade", preview.grades)}</dd></div>
    </dl>
    ${preview.seen?.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-label=${t("findings.title")}>
      <${Rows} caption=${t("findings.title")} heads=${heads()} rows=${bySlot(preview.seen).map(unitRow)} /></div>
      <p class="faint">${t("findings.self")}</p>`}
    <${Remarks} preview=${preview} />
    ${(preview.things ?? []).map((thing) => html`<${Worth} key=${thing.asset_class} thing=${thing} site=${site} />`)}
  <//>`;
}

const heads = () => [[t("word.slot"), true], [t("word.model")], [t("thing.serial")], [t("thing.identity")], [t("word.grade")], [t("findings.why")]];

const bySlot = (seen) => [...seen].sort((one, other) => (one.slot ?? 0) - (other.slot ?? 0));

const EVERY_IMPORTS = "self_reported"; // said once, below the rows

const unitRow = (unit, n) => ({
  key: n,
  cells: [
    unit.slot ?? "–",
    unit.model || t("reason.model_unlisted"),
    html`<span class="id">${unit.serial || "–"}</span>`,
    t(`identity.${unit.identity}`),
    html`<${Tag} kind="grade" value=${unit.grade} />`,
    [...unit.reasons, ...unit.flags.filter((flag) => flag !== EVERY_IMPORTS)].map((code) => tOr(`reason.${code}`, code)).join("; "),
  ],
});

/** What the reader remarked, and what it left out. */
function Remarks({ preview }) {
  return html`${preview.rejected.length > 0 && html`<ul class="remarks problem">
      ${preview.rejected.map(({ where, why }) => html`<li key=${where}>${t("findings.rejected", { where })} ${why}</li>`)}
    </ul>`}
    ${preview.warnings.length > 0 && html`<details class="as-table"><summary>${t("findings.warnings", { n: preview.warnings.length })}</summary>
      <ul class="remarks">${preview.warnings.map(({ line, code, value }, n) => html`<li key=${n}>
        ${line ? t("findings.line", { n: line }) : ""} ${tOr(`reason.${code}`, code)} ${value ?? ""}</li>`)}
      </ul></details>`}`;
}

/** Best bid, last sale, a month's rent: each with where it comes from, or that there is none. */
function Worth({ thing, site }) {
  useCell(markets);
  const point = site.delivery_point;
  const title = titleMarket(thing.model, thing.grade, thing.provenance, point);
  const withPapers = titleMarket(thing.model, thing.grade, "P1", point);
  const lease = leaseMarket(thing.model, point);
  return html`<section class="worth">
    <h3>${t("worth.title", { n: thing.lots, what: thing.asset_class, place: tOr(`place.${point}`, point) })}</h3>
    <dl class="headline">
      <${Figure} name="bid" row=${title} ticks=${title?.ticker?.best_bid_ticks} note=${t("worth.bid_note")} />
      ${title && html`<${Figure} name="last" row=${title} ticks=${title.ticker?.last_ticks}
        note=${show.age(title.ticker?.last_trade_ns)} />`}
      ${title && html`<${Figure} name="ask" row=${title} ticks=${title.ticker?.best_ask_ticks}
        note=${t("worth.ask_note")} />`}
      <${Figure} name="rent" row=${lease} ticks=${lease?.ticker?.last_ticks}
        note=${lease && `${show.marketWords(lease.spec).tail} · ${show.age(lease.ticker?.last_trade_ns)}`} />
    </dl>
    ${thing.provenance !== "P1" && html`<p>${t("worth.papers")} ${paperWords(withPapers)}</p>`}
    ${thing.grade === "U" && html`<p class="problem">${t("worth.ungraded")}</p>`}
  </section>`;
}

function Figure({ name, row, ticks, note }) {
  return html`<div class="quote">
    <dt>${t(`worth.${name}`)}</dt>
    <dd>${ticks ? html`<a href=${marketAddress(row.spec.market)}>${show.price(row.spec, ticks)}</a>` : html`<span class="none">${t(row ? `worth.no_${name}` : "worth.no_market")}</span>`}</dd>
    <dd class="faint">${ticks ? note : ""}</dd>
  </div>`;
}

/** What the same thing fetches with complete papers, if anybody knows. */
function paperWords(row) {
  const { best_bid_ticks: bid, last_ticks: last } = row?.ticker ?? {};
  if (bid) return t("worth.papers_bid", { n: show.price(row.spec, bid) });
  if (last) return t("worth.papers_last", { n: show.price(row.spec, last), age: show.age(row.ticker.last_trade_ns) });
  return t("worth.papers_unknown");
}
