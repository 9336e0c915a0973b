/** The journal's events, newest first: what happened, who asked, what is named, and when. */

import { html, useEffect, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { auditAddress, go, link, thingId } from "../core/route.js";
import * as show from "../core/show.js";
import { TOPICS } from "../core/topics.js";
import { t, tOr } from "../core/words.js";
import { found, more, search } from "../wire/journal_search.js";
import { line } from "../wire/socket.js";
import { problemWords } from "./notice.js";
import { Card, heads, Id, Rows, subjectOf } from "./parts.js";

const POSITION = /^(#?)([\d,_ ]{1,20})$/;
const FIELDS = ["names", "party", "since", "until", "from", "to"];

export function AuditList({ viewer }) {
  const { typed, isOf } = useCell(found);
  useEffect(() => {
    if (isOf !== viewer) search({}, viewer);
  }, [viewer]);
  return html`<${Terms} key=${viewer} typed=${typed} viewer=${viewer} /><${Found} />`;
}

function Terms({ typed, viewer }) {
  const [terms, set] = useState(typed);
  const typing = (name) => (event) => set({ ...terms, [name]: event.target.value });
  const send = (event) => {
    event.preventDefault();
    const position = positionOf(terms.names ?? "");
    if (position) return go(auditAddress(position));
    return search(terms, viewer);
  };
  return html`<form class="terms" role="search" aria-label=${t("audit.terms")} onSubmit=${send}>
    <label><span>${t("word.event")}</span>
      <select value=${terms.topic ?? ""} onChange=${typing("topic")}>
        <option value="">${t("audit.any")}</option>
        ${TOPICS.map(
          (each) => html`<option key=${each} value=${each}>${t(`topic.${each}`)}</option>`,
        )}
      </select>
    </label>
    ${FIELDS.map(
      (name) =>
        html`<label key=${name} class=${`term-${name}`}><span>${t(`audit.${name}`)}</span>
          <input
            value=${terms[name] ?? ""}
            placeholder=${t(`audit.${name}_hint`)}
            autocomplete="off"
            spellcheck=${false}
            onInput=${typing(name)}
          />
        </label>`,
    )}
    <button type="submit" class="primary">${t("audit.search")}</button>
  </form>`;
}

/** The position that a text means: a serial is a number, too, and larger than any position. */
function positionOf(text) {
  const parts = POSITION.exec(text.trim());
  if (!parts) return 0;
  const [, sign, digits] = parts;
  const position = Number(digits.replace(/\D/g, ""));
  return sign || position <= line.get().position ? position : 0;
}

function Found() {
  const { typed, rows, next, reached, isAsking, problem } = useCell(found);
  const title = t("audit.found");
  const thing = thingId(typed.names ?? "");
  return html`<${Card} name="found" title=${title}>
    ${thing && html`<p><a href=${link(auditAddress(thing))}>${t("audit.chain", { thing })}</a></p>`}
    <div class="scroll-x" tabindex="0" role="group" aria-label=${title}>
      <${Rows}
        caption=${title}
        rows=${rows?.map(foundRow) ?? null}
        heads=${heads("word.position#", "word.event", "word.stream", "word.time", "thing.asked_by")}
        empty=${next ? "audit.none_yet" : "audit.none"}
      />
    </div>
    ${problem && html`<p class="problem" role="alert">${problemWords(problem)}</p>`}
    ${rows && html`<p class="faint" role="status">${extent(rows, next, reached, isAsking)}</p>`}
    ${
      (next || problem) &&
      html`<p><button type="button" aria-disabled=${isAsking} onClick=${more}>
        ${t(problem ? "audit.again" : "audit.further")}
      </button></p>`
    }
  <//>`;
}

/** How far was looked: what lies before that may hold more. */
function extent(rows, next, reached, isAsking) {
  const words = t("audit.events", { n: rows.length });
  if (isAsking) return `${words} ${t("audit.looking", { at: show.position(reached) })}`;
  return `${words} ${next ? t("audit.upto", { at: show.position(reached) }) : t("audit.all")}`;
}

const foundRow = (row) => ({
  key: row.position,
  cells: [
    html`<a href=${link(auditAddress(row.position))}>${show.position(row.position)}</a>`,
    tOr(`topic.${row.topic}`, row.topic),
    html`<${Id} of=${subjectOf(row.stream)} />`,
    html`<time>${show.instant(row.at_ns)}</time>`,
    row.party ? html`<${Id} of=${row.party} />` : t("thing.by_venue"),
  ],
});
