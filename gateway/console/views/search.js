/** The search of the bar: to where a thing or market stands, to an order or settlement. */

import { html, useState } from "../vendor/htm-preact-standalone.module.js";
import { foundBy, go, marketAddress, thingAddress } from "../core/route.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { newEnough } from "../wire/newest.js";
import { read } from "../wire/rest.js";
import { said } from "./notice.js";

export function Search() {
  const [isUnderWay, begin] = useState(false);
  const find = async (event) => {
    event.preventDefault();
    const field = event.target.elements.id;
    const { kind, id } = foundBy(field.value);
    if (!kind) return void said("search.form");
    if (isUnderWay) return;
    begin(true);
    const isFound = await LEADS_TO[kind](id).then(
      () => true,
      (problem) => said(problem),
    );
    begin(false);
    if (!isFound) return;
    field.value = "";
    field.blur();
  };
  return html`<form class="search" role="search" onSubmit=${find}>
    <label class="unseen" for="search">${t("search.label")}</label>
    <input
      id="search"
      name="id"
      placeholder=${t("search.hint")}
      autocomplete="off"
      spellcheck=${false}
    />
  </form>`;
}

/** What is done with an id of each kind: a thing and a market have pages of their own. */
const LEADS_TO = {
  thing: async (id) => go(thingAddress(id)),
  market: async (id) => go(marketAddress(id)),
  order: async (id) => {
    const row = await read(`/v1/orders/${id}`, newEnough());
    const { order, state, lots, filled_lots: filled } = row;
    said(() => [
      "search.order",
      { order, state: t(`state.${state}`), lots: show.count(lots), filled: show.count(filled) },
    ]);
    go(marketAddress(row.market));
  },
  settlement: async (id) => {
    const { settlement, state, nodes, units } = await read(`/v1/settlements/${id}`, newEnough());
    const things = [...nodes, ...units];
    said(() => [
      "search.settlement",
      { settlement, state: tOr(`settlement.${state}`, state), things: things.join(", ") },
    ]);
    go(thingAddress(things[0]));
  },
};
