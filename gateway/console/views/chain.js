/** The chain of title: every holder from the first, each with the event that made him so. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { nameOf, names } from "../wire/names.js";
import { Card } from "./parts.js";

const LINKS = ["title_issued", "title_transferred"];

export function Chain({ events }) {
  useCell(names);
  const links = events.filter((event) => LINKS.includes(event.topic));
  return html`<${Card} name="chain" title=${t("chain.title")}>
    ${links.length === 0 && html`<p class="nothing">${t("chain.empty")}</p>`}
    <ol class="chain-links">
      ${links.map((link, n) => html`<${Link} key=${link.position} link=${link} isLast=${n === links.length - 1} />`)}
    </ol>
  <//>`;
}

function Link({ link, isLast }) {
  const { event } = link;
  const holder = event.holder ?? event.to_party;
  const subjects = event.subject_to ?? [];
  return html`<li class=${isLast ? "is-holder" : ""}>
    <p class="chain-who">
      <b>${nameOf(holder) || holder}</b><span class="id">${holder}</span>
      ${isLast && html`<span class="tag">${t("chain.holds")}</span>`}
    </p>
    <p>
      ${event.from_party
        ? t("chain.from", { from: nameOf(event.from_party) || event.from_party, basis: basis(event) })
        : t("chain.issued", { basis: basis(event) })}
      ${event.price_minor > 0 && html` · <span class="n">${t("chain.price", { n: show.money(event.price_minor) })}</span>`}
      ${event.settlement && html` · <span class="id">${event.settlement}</span>`}
      ${subjects.length > 0 && html` · ${t("chain.subject_to", { list: subjects.join(", ") })}`}
    </p>
    <p class="faint">
      <time>${show.instant(link.at_ns)}</time> · ${show.position(link.position)} ·
      ${" "}<span class="id">${link.stream}</span>
    </p>
  </li>`;
}

const basis = (event) => tOr(`basis.${event.basis}`, event.basis);
