/** After registering: the proposal of title waits for the clerks, then the title itself. */

import { html, useEffect, useState } from "../vendor/htm-preact-standalone.module.js";
import { thingAddress } from "../core/route.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { read } from "../wire/rest.js";
import { Card, Tag } from "./parts.js";

const ASK_MS = 1_500;

/** *position*: what is read must be at least as new as the import itself. */
export function Registered({ result, position }) {
  const proposal = useProposal(result.proposal, position);
  const nodes = useNodes(result.nodes ?? [], proposal?.state, position);
  return html`<${Card} name="registered" title=${t("registered.title")}>
    ${nodes.length === 0 && html`<p>${t("registered.known")}</p>`}
    <ul class="registered-nodes">
      ${nodes.map(
        (node) => html`<li key=${node.node}>
          <a class="id" href=${thingAddress(node.node)}>${node.node}</a> ${node.model || t("thing.single_cards")}
          ${node.grade && html`<${Tag} kind="grade" value=${node.grade} /><${Tag} kind="provenance" value=${node.provenance} />`}
          ${node.owner && html`<b>${t("registered.titled", { party: node.owner })}</b>`}
        </li>`,
      )}
    </ul>
    ${result.proposal && html`<${Waiting} id=${result.proposal} proposal=${proposal} missing=${result.missing_for_p1 ?? []} />`}
  <//>`;
}

function Waiting({ id, proposal, missing }) {
  const state = proposal?.state ?? "open";
  return html`<p class=${`proposal proposal-${state}`} role="status">
      <span class="id">${id}</span> ${t(`proposal.${state}`)}
      ${state === "open" && proposal && html`<span class="faint">${t("proposal.until", { when: show.instant(proposal.expires_ns) })}</span>`}
    </p>
    ${missing.length > 0 && html`<p class="faint">${t("registered.papers")} ${missing.map((paper) => tOr(`reason.${paper}`, paper)).join("; ")}</p>`}`;
}

/** Asks until the proposal is no longer open. */
function useProposal(id, position) {
  const [proposal, set] = useState(null);
  useEffect(() => {
    if (!id) return undefined;
    let timer = 0;
    const ask = async () => {
      const record = await read(`/v1/proposals/${id}`, { min_position: position }).catch(() => null);
      if (record) set(record);
      if (!record || record.state === "open") timer = setTimeout(ask, ASK_MS);
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
    const ask = (node) =>
      read(`/v1/nodes/${node}`, { min_position: position }).catch(() => ({ node }));
    Promise.all(ids.map(ask)).then((rows) => isOver || set(rows));
    return () => {
      isOver = true;
    };
  }, [state]);
  return nodes;
}
