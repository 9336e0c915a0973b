/** The members of a stored event or of a signed command, in the units that people read. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { thingId } from "../core/route.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";
import { markets } from "../wire/venue.js";
import { Facts, Id, ThingLink } from "./parts.js";

const ID = /^[a-z]-\d+(\/\S+)?$/;
const HASH = /^[\w-]{43}$/;
const UNIT = /_(ns|minor|ticks|bp)$/;
const INSTANT_LEAST = 10n ** 17n; // ns since 1970: what is less is a length of time
const SALTED = ["holder_sha256", "name_sha256"];
const WHOLE = /^-?\d+$/;

const inUnits = {
  ns: (value) => (BigInt(value) < INSTANT_LEAST ? length(BigInt(value)) : show.instant(value)),
  minor: show.sum,
  bp: (value) => `${show.hundredths(value)} %`,
  ticks: price,
};

/** All members of an object. */
export function Members({ of }) {
  const pairs = Object.entries(of).map(([name, value]) => [
    html`<code>${named(name)}</code>`,
    html`<${Value} name=${name} value=${value} of=${of} />`,
  ]);
  return html`<${Facts} pairs=${pairs} />`;
}

/** The name of a member without its unit: that stands behind the figure. */
export const named = (name) => name.replace(UNIT, "");

/** One member, by what its name says of its unit. */
export function Value({ name, value, of }) {
  if (value === null || value === "") return html`<span class="none">${t("stored.empty")}</span>`;
  if (Array.isArray(value)) return html`<${Several} name=${name} values=${value} of=${of} />`;
  if (typeof value === "object") return html`<${Nested} value=${value} />`;
  if (typeof value === "boolean") return t(`stored.${value}`);
  const unit = UNIT.exec(name)?.[1];
  if (unit && WHOLE.test(value)) return inUnits[unit](value, of);
  if (typeof value === "number") return show.count(value);
  return html`<${Text} name=${name} value=${value} />`;
}

function Several({ name, values, of }) {
  if (!values.length) return html`<span class="none">${t("stored.none")}</span>`;
  return html`<ul class="several">
    ${values.map(
      (value, n) => html`<li key=${n}><${Value} name=${name} value=${value} of=${of} /></li>`,
    )}
  </ul>`;
}

const Nested = ({ value }) => html`<ul class="several">
  ${Object.entries(value).map(
    ([name, each]) =>
      html`<li key=${name}>
        <code>${named(name)}</code>${": "}<${Value} name=${name} value=${each} of=${value} />
      </li>`,
  )}
</ul>`;

function Text({ name, value }) {
  if (SALTED.includes(name)) {
    return html`<${Id} of=${value} /> <span class="faint">${t("stored.salted")}</span>`;
  }
  if (thingId(value) === value) return html`<${ThingLink} id=${value} />`;
  return ID.test(value) || HASH.test(value) ? html`<${Id} of=${value} />` : value;
}

/** A price of the market that stands beside it; without it, in steps. */
function price(value, { market }) {
  const spec = markets.get().get(market)?.spec;
  if (!spec) return t("stored.steps", { n: show.count(BigInt(value)) });
  return `${show.price(spec, value)} ${t(`unit.${spec.kind}`)}`;
}

/** A length of time in the largest unit of which it is a whole number. */
function length(ns) {
  const [unit, whole] = [
    ["d", 86_400_000_000_000n],
    ["h", 3_600_000_000_000n],
    ["min", 60_000_000_000n],
    ["s", 1_000_000_000n],
    ["ms", 1_000_000n],
  ].find(([, each]) => ns && ns % each === 0n) ?? ["", 0n];
  return whole ? t(`length.${unit}`, { n: show.count(ns / whole) }) : show.count(ns);
}
