/** What a page checked by itself, in words: each check right, WRONG, or not made, and why. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { auditAddress, link } from "../core/route.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";
import { worst } from "../core/judgement.js";
import { problemWords } from "./notice.js";
import { Unheard } from "./parts.js";

const SIGNS = { right: "✓", wrong: "✗", unknown: "?" };

/** A verdict as a sign and its word; `…` until there is one. */
export function Verdict({ of }) {
  if (!of) return html`<${Unheard} />`;
  return html`<span class=${`verdict is-${of}`}>
    <span aria-hidden="true">${SIGNS[of]}</span>${" "}${t(`verdict.${of}`)}
  </span>`;
}

/** All checks of one thing, what they come to first. */
export function Checks({ checks }) {
  if (!checks) return html`<p class="nothing" role="status">${t("check.asking")}</p>`;
  const all = worst(checks);
  return html`<p class=${`summed is-${all}`} role="status">${t(`summed.${all}`)}</p>
    <ul class="checks">
      ${checks.map((each) => html`<${Check} key=${each.name} of=${each} />`)}
    </ul>`;
}

function Check({ of }) {
  return html`<li>
    <p><b>${t(`check.${of.name}`)}</b><${Verdict} of=${of.verdict} /></p>
    ${of.why && html`<p class="faint">${because(of)}</p>`}
  </li>`;
}

function because({ why, figures: { problem, position, n, ...figures } }) {
  if (problem) return problemWords(problem);
  if (position) {
    const address = link(auditAddress(position));
    return html`${t(`because.${why}`)} <a href=${address}>${show.position(position)}</a>`;
  }
  return t(`because.${why}`, { ...figures, n: n === undefined ? "" : show.count(n) });
}
