/** What stands on the browser's tab: where one is, then the venue's name. */

import { pastOf } from "../core/route.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";

/** *spec*: of the market that is shown, where it is known already. */
export function titleOf(page, id, spec) {
  return `${where(page, id, spec)} · ${t("page.title")}`;
}

function where(page, id, spec) {
  if (page === "thing") return id;
  if (page === "audit" && pastOf(id)) return t("past.page");
  if (page === "audit" && id) return /^\d+$/.test(id) ? show.position(id) : id;
  if (page === "unknown") return t("unknown.title");
  if (page !== "market") return t(`page.${page}`);
  if (!spec) return id;
  const { model, tail, place } = show.marketWords(spec);
  return `${model} ${tail} ${place}`;
}
