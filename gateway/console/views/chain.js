/** The chain of title: every holder from the first, each with the event that made him so. */

import { html } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { nameOf, names } from "../wire/names.js";
import { Card, Id, subjectOf } from "./parts.js";

const LINKS = ["title_issued", "title_transferred"];

/** *mark*: what stands beside a link, made of its event. Of a part nobody holds title now. */
export function Chain({ events, isWhole, mark = null }) {
  useCell(names);
  const links = events.filter((event) => LINKS.includes(event.topic));
  const last = links.at(-1);
  return html`<${Card} name="chain" title=${t("chain.title")}>
    ${links.length === 0 && isWhole && html`<p class="nothing">${t("chain.empty")}</p>`}
    ${!isWhole && html`<p class="faint">${t("chain.begins", { n: events.length })}</p>`}
    <ol class="chain-links">
      ${links.map(
        (link) =>
          html`<${Link} key=${link.position} link=${link} mark=${mark}
            isLast=${isWhole && link === last} />`,
      )}
    </ol>
  <//>`;
}

function Link({ link, isLast, mark }) {
  const { event } = link;
  const holder = event.holder ?? event.to_party;
  return html`<li class=${isLast ? "is-holder" : ""}>
    <p class="chain-who">
      <b>${nameOf(holder) || holder}</b><${Id} of=${holder} />
      ${isLast && html`<span class="tag">${t("chain.holds")}</span>`}
      ${mark?.(link)}
    </p>
    <p>${story(event).join(" · ")}</p>
    <p class="faint">
      <time>${show.instant(link.at_ns)}</time> · ${show.position(link.position)} ·${" "}
      <${Id} of=${subjectOf(link.stream)} />
    </p>
  </li>`;
}

/** How the holder came to it: from whom, on what basis, for how much, subject to what. */
function story(event) {
  const basis = tOr(`basis.${event.basis}`, event.basis);
  const from = event.from_party;
  const told = [
    from ? t("chain.from", { from: nameOf(from) || from, basis }) : t("chain.issued", { basis }),
  ];
  if (event.price_minor > 0) told.push(show.sum(event.price_minor));
  if (event.settlement) told.push(event.settlement);
  if (event.subject_to?.length) {
    told.push(t("chain.subject_to", { list: event.subject_to.join(", ") }));
  }
  return told;
}
