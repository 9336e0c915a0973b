/** The register as it was at a position, or what changed between two: by the venue's own replay. */

import { html, useEffect, useRef, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { go, link, pastAddress } from "../core/route.js";
import * as show from "../core/show.js";
import { SUBJECTS } from "../core/subjects.js";
import { t } from "../core/words.js";
import { pageOf } from "../wire/past_states.js";
import { line } from "../wire/socket.js";
import { markets } from "../wire/venue.js";
import { problemWords } from "./notice.js";
import { Card, heads, Id, inThree, Rows } from "./parts.js";
import { useReading } from "./reading.js";
import { Members, named, Value } from "./stored_value.js";

/** *past*: {at, since, kind}, as its address says; at 0: the head, since 0: no difference. */
export function AuditPast({ past, viewer }) {
  useCell(markets); // prices are told by their market
  const head = useCell(line).position;
  const first = useRef(0); // the head as it was first heard: while it moves on, this is read
  first.current ||= head;
  const at = past.at && past.at <= head ? past.at : first.current;
  if (!at) return html`<p class="nothing" role="status">${t("past.asking")}</p>`;
  const terms = { ...past, at };
  const name = pastAddress(terms);
  return html`<${Terms} past=${terms} head=${head} />
    <${Told} key=${`told ${name} ${viewer}`} past=${terms} viewer=${viewer} />`;
}

function Terms({ past, head }) {
  const [typed, set] = useState(past);
  useEffect(() => set(past), [pastAddress(past)]);
  const turn = (next) => {
    const since = next.since && Math.min(next.since, next.at);
    set({ ...next, since });
    return { ...next, since };
  };
  const ask = (event) => {
    event.preventDefault();
    go(pastAddress(typed));
  };
  const place = (name) => ({
    value: typed[name],
    onInput: (event) => turn({ ...typed, [name]: positionOf(event.target.value, head) }),
    onChange: (event) =>
      go(pastAddress(turn({ ...typed, [name]: positionOf(event.target.value, head) }))),
  });
  const compare = (event) => go(pastAddress({ ...typed, since: event.target.checked ? 1 : 0 }));
  const choose = (event) => go(pastAddress({ ...typed, kind: event.target.value }));
  return html`<form class="terms past-terms" onSubmit=${ask}>
    <${Place} name="at" words=${t("word.position")} head=${head} ...${place("at")} />
    <label class="check">
      <input type="checkbox" checked=${past.since > 0} onChange=${compare} />
      <span>${t("past.compare")}</span>
    </label>
    ${
      past.since > 0 &&
      html`<${Place} name="since" words=${t("past.earlier")} head=${typed.at}
        ...${place("since")} />`
    }
    <label><span>${t("past.kind")}</span>
      <select value=${typed.kind} onChange=${choose}>
        <option value="">${t("past.all_kinds")}</option>
        ${SUBJECTS.map(
          (each) => html`<option key=${each} value=${each}>${t(`subject.${each}`)}</option>`,
        )}
      </select>
    </label>
  </form>`;
}

/** A position as a slider and as a figure: both say the same. */
function Place({ name, words, head, value, onInput, onChange }) {
  return html`<div class="place">
    <label>
      <span>${words}</span>
      <input class="slider" type="range" name=${name} min="1" max=${head} step="1"
        value=${value} onInput=${onInput} onChange=${onChange} />
    </label>
    <label class="figure">
      <span class="unseen">${t("past.figure", { what: words })}</span>
      <input inputmode="numeric" autocomplete="off" value=${value} onChange=${onChange} />
    </label>
  </div>`;
}

const positionOf = (text, head) =>
  Math.max(1, Math.min(head, Number(String(text).replace(/\D/g, "")) || 1));

function Told({ past, viewer }) {
  const [further, add] = useState({ rows: [], next: null, isAsking: false, problem: null });
  const first = useReading(() => pageOf(past), [`${pastAddress(past)} ${viewer}`]);
  if (first instanceof Error) {
    const isComing = first.code === "not_yet"; // it says how far the venue is, and is asked again
    return html`<p class=${isComing ? "nothing" : "problem"} role="status">
      ${problemWords(first)}
    </p>`;
  }
  if (!first) return html`<p class="nothing" role="status">${t("past.asking")}</p>`;
  const next = further.rows.length ? further.next : first.next;
  const rows = [...first.rows, ...further.rows];
  const more = async () => {
    add({ ...further, isAsking: true, problem: null });
    try {
      const page = await pageOf(past, next);
      add({ rows: [...further.rows, ...page.rows], next: page.next, isAsking: false });
    } catch (problem) {
      add({ ...further, isAsking: false, problem });
    }
  };
  return html`<${Card} name="past" title=${titleOf(past, first)}>
    <p class="faint">${t("past.when", { when: show.instant(first.at_ns) })}</p>
    <${past.since ? Changes : States} rows=${rows} past=${past} />
    ${further.problem && html`<p class="problem" role="alert">${problemWords(further.problem)}</p>`}
    ${
      next &&
      html`<p><button type="button" aria-disabled=${further.isAsking} onClick=${more}>
        ${t("past.more")}
      </button></p>`
    }
  <//>`;
}

/** The position is that of whole acts: inside one it is the one before. */
function titleOf({ since }, { position }) {
  const at = show.position(position);
  if (!since) return t("past.title", { at });
  return t("past.title_between", { from: show.position(since), at });
}

function States({ rows }) {
  const some = () => rows.map((row) => html`<${State} key=${row.subject} row=${row} />`);
  return html`<div class="subjects">${inThree(true, rows, { none: "past.none", some })}</div>`;
}

function State({ row }) {
  const [isOpen, open] = useState(false);
  const { subject, subject_kind: _, ...members } = row.state;
  return html`<details onToggle=${(event) => open(event.target.open)}>
    <summary>
      <b>${t(`subject.${row.kind}`)}</b> <${Id} of=${row.subject} />
      ${row.kind === "account" && html`<span class="n">${show.sum(members.balance_minor)}</span>`}
    </summary>
    ${isOpen && html`<${Members} of=${members} />`}
  </details>`;
}

function Changes({ rows, past }) {
  const lines = rows.flatMap((row) =>
    row.change === "changed"
      ? row.fields.map((field) => changeRow(row, field, past))
      : [{ key: row.subject, cells: [subjectOf(row, past), t(`past.${row.change}`), "", ""] }],
  );
  return html`<div class="scroll-x" tabindex="0" role="group" aria-label=${t("past.changes")}>
    <${Rows}
      caption=${t("past.changes")}
      heads=${heads("word.stream", "past.field", "past.before", "past.after")}
      rows=${lines}
      empty="past.same"
    />
  </div>`;
}

const subjectOf = ({ kind, subject }, past) =>
  html`<a href=${link(pastAddress({ ...past, kind }))}>${t(`subject.${kind}`)}</a>${" "}
    <${Id} of=${subject} />`;

/** Of a list what went and what came, of all else what it was and is. */
function changeRow(row, { field, before, after, added, removed }, past) {
  const name = field.slice(field.lastIndexOf(".") + 1);
  const isList = added.length > 0 || removed.length > 0;
  const shown = (value) => html`<${Value} name=${name} value=${value} of=${{}} />`;
  return {
    key: `${row.subject} ${field}`,
    cells: [
      subjectOf(row, past),
      html`<code>${named(field)}</code>`,
      shown(isList ? removed : before),
      shown(isList ? added : after),
    ],
  };
}
