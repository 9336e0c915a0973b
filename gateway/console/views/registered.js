/** After registering: the proposal of title waits for the clerks, then the title itself. */

import { html, useEffect, useState } from "../vendor/htm-preact-standalone.module.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";
import { read } from "../wire/rest.js";
import { HowToFile } from "./papers.js";
import { Card, ClassTags, Id, reasonWords, ThingLink } from "./parts.js";

const ASK_MS = 1_500;

/** *position*: what is read must be at least as new as the import itself. */
export function Registered({ result, position }) {
  const proposal = useProposal(result.proposal, position);
  const nodes = useNodes(result.nodes, proposal?.state, position);
  return html`<${Card} name="registered" title=${t("registered.title")}>
    ${nodes.length === 0 && html`<p>${t("registered.known")}</p>`}
    <ul class="registered-nodes">
      ${nodes.map((node) => html`<${Node} key=${node.node} node=${node} />`)}
    </ul>
    ${result.proposal && html`<${Waiting} id=${result.proposal} proposal=${proposal} />`}
    <${Papers} missing=${result.missing_for_p1} thing=${result.nodes[0]} />
  <//>`;
}

function Node({ node }) {
  return html`<li>
    <${ThingLink} id=${node.node} />
    ${node.grade && html`<span>${node.model || t("thing.single_cards")}</span>`}
    ${node.grade && html`<span><${ClassTags} of=${node} /></span>`}
    ${node.owner && html`<b>${t("registered.titled", { party: node.owner })}</b>`}
  </li>`;
}

function Waiting({ id, proposal }) {
  const state = proposal?.state ?? "waiting";
  const until = proposal && state === "waiting" && show.instant(proposal.expires_ns);
  return html`<p class=${`proposal proposal-${state}`} role="status">
    <${Id} of=${id} /><span>${t(`proposal.${state}`)}</span>
    ${until && html`<span class="faint">${t("proposal.until", { when: until })}</span>`}
  </p>`;
}

/** What is still to be filed for the best provenance. */
function Papers({ missing, thing }) {
  if (!missing?.length) return null;
  const papers = reasonWords(missing);
  return html`<p class="faint">${t("registered.papers")} ${papers}</p>
    ${thing && html`<${HowToFile} thing=${thing} />`}`;
}

/** Asks until the proposal is no longer waiting. */
function useProposal(id, position) {
  const [proposal, set] = useState(null);
  useEffect(() => {
    if (!id) return undefined;
    let timer = 0;
    const newEnough = { min_position: position };
    const ask = async () => {
      const record = await read(`/v1/proposals/${id}`, newEnough).catch(() => null);
      if (record) set(record);
      if (!record || record.state === "waiting") timer = setTimeout(ask, ASK_MS);
    };
    ask();
    return () => clearTimeout(timer);
  }, [id]);
  return proposal;
}

/** The nodes as they are now; again when the proposal has ended. */
function useNodes(ids, state, position) {
  const [nodes, set] = useState(ids.map((node) => ({ node })));
  useEffect(() => {
    let isOver = false;
    const newEnough = { min_position: position };
    const ask = (node) => read(`/v1/nodes/${node}`, newEnough).catch(() => ({ node }));
    Promise.all(ids.map(ask)).then((rows) => isOver || set(rows));
    return () => {
      isOver = true;
    };
  }, [state]);
  return nodes;
}
