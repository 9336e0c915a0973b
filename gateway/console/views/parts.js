/** Small pieces that every view shares: signs, tags, links, switches, tables. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { present } from "../core/clock.js";
import { marketAddress, thingAddress } from "../core/route.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";

/** ▲ or ▼ with its colour: never the colour alone. Nothing for no change. */
export function Sign({ up }) {
  if (up === null || up === undefined) return null;
  const word = up ? "sign.up" : "sign.down";
  return html`<span class=${up ? "sign up" : "sign down"} role="img" aria-label=${t(word)}>
    ${up ? "▲" : "▼"}
  </span>`;
}

/** What is not known yet: the venue has not said it. It is never shown as nought or none. */
export const Unheard = () => html`<span class="unheard" title=${t("word.unheard")}>…</span>`;

/**
 * One of three: not told yet (*heard* is falsy: `…`), told that there is none, or some.
 *
 * *none*: a key of the catalogue, or what stands in its place; *some*: makes what is shown of a
 * value. Every word by which the page says that there is none of something is asked for here.
 */
export function inThree(heard, value, { none, some, asking = html`<${Unheard} />` }) {
  if (!heard) return asking;
  if (!isNone(value)) return some(value);
  return typeof none === "string" ? html`<span class="none">${t(none)}</span>` : none;
}

const isNone = (value) =>
  value === null || value === undefined || value.length === 0 || value.size === 0;

/** One of a few, as buttons in a row. `choices`: [value, words]. */
export function Choice({ label, value, choices, onChoose }) {
  return html`<div class="choice" role="group" aria-label=${label}>
    ${choices.map(
      ([each, words]) =>
        html`<button
          type="button"
          key=${each}
          aria-pressed=${each === value}
          onClick=${() => onChoose(each)}
        >
          ${words}
        </button>`,
    )}
  </div>`;
}

/** A card with its title; what belongs to the title's right comes as `aside`. */
export function Card({ title, aside, name, children }) {
  return html`<section class=${`card ${name}`} aria-label=${title}>
    <header class="card-head"><h2>${title}</h2>${aside}</header>
    ${children}
  </section>`;
}

/** The same figures as the chart above, for who reads rather than looks. */
export function AsTable({ caption, heads, rows }) {
  return html`<details class="as-table">
    <summary>${t("chart.as_table")}</summary>
    <div class="as-table-rows"><${Rows} caption=${caption} heads=${heads} rows=${rows} /></div>
  </details>`;
}

/** Heads of a table from keys of the catalogue; one that ends in `#` heads a column of numbers. */
export const heads = (...keys) =>
  keys.map((key) => [key && t(key.replace("#", "")), key.endsWith("#")]);

/**
 * A table; `heads`: as above. `rows`: {key, cells}; null until they were heard.
 *
 * On a phone its rows are stacked, each cell under its head, unless it *isNarrow*: then it fits.
 */
export function Rows({ caption, heads, rows, isNarrow = false, empty = "table.empty" }) {
  const kind = isNarrow ? "" : "stacked";
  const some = () => html`<${Table} kind=${kind} caption=${caption} heads=${heads} rows=${rows} />`;
  const asking = html`<p class="nothing"><${Unheard} /></p>`;
  return inThree(rows, rows, { none: html`<p class="nothing">${t(empty)}</p>`, some, asking });
}

function Table({ kind, caption, heads, rows }) {
  return html`<table class=${kind}>
    <caption class="unseen">${caption}</caption>
    <thead>
      <tr>
        ${heads.map(([words, isNumber]) => {
          if (!words) return html`<td></td>`; // what can be done with a row heads no column
          return html`<th scope="col" class=${isNumber ? "n" : ""}>${words}</th>`;
        })}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ key, cells }) =>
          html`<tr key=${key}>
            ${cells.map(
              (cell, n) => html`
                <td class=${heads[n][1] ? "n" : ""} data-head=${heads[n][0]}>${cell}</td>`,
            )}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** A term and what it is, in two columns. `pairs`: [words, value], nothing for empty values. */
export function Facts({ pairs }) {
  return html`<dl class="facts">
    ${pairs
      .filter(([, value]) => value || value === 0)
      .map(([words, value]) => html`<div key=${words}><dt>${words}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}

/** A grade or a provenance as a small tag with its meaning. */
export function Tag({ kind, value }) {
  const meaning = t(`${kind}.${value}`);
  return html`<span class=${`tag ${kind} ${kind}-${value}`} title=${meaning}>${value}</span>`;
}

/** The class of a thing: grade and provenance. */
export const ClassTags = ({ of }) => html`
  <${Tag} kind="grade" value=${of.grade} /><${Tag} kind="provenance" value=${of.provenance} />
`;

/** What tells one market from another of its model: its class, or its month. */
export function MarketTags({ spec, month }) {
  if (spec.kind === "title") return html`<${ClassTags} of=${spec} />`;
  return html`<span class="tag month">${month}</span>`;
}

/** Reasons by their codes, each said once: two codes may mean the same to a reader. */
export const reasonWords = (codes) =>
  [...new Set(codes.map((code) => tOr(`reason.${code}`, code)))].join(t("word.besides"));

/** Whom or what an event is told of: `unit:u-000017` is the unit u-000017. */
export const subjectOf = (stream) => stream.slice(stream.indexOf(":") + 1);

/** When something happened: day and clock, complete under the pointer. */
export const Moment = ({ of, note = "" }) => html`<time
    title=${[show.instant(of), note].filter(Boolean).join(" · ")}>
    <span class="faint">${show.day(of).slice(5)}</span>${" "}${show.clock(of)}
  </time>`;

/** How long ago something was: it grows as it stands there, and all on a page by one clock. */
export function Age({ of }) {
  useCell(present);
  return show.age(of);
}

export const Id = ({ of }) => html`<span class="id">${of}</span>`;

export const ThingLink = ({ id }) => html`<a class="id" href=${thingAddress(id)}>${id}</a>`;

export const MarketLink = ({ market }) =>
  html`<a class="symbol" href=${marketAddress(market)}>${market}</a>`;
