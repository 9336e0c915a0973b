/** The auditor's page, which few visitors open: fetched when it is wanted. */

import { html, useEffect } from "../vendor/htm-preact-standalone.module.js";
import { cell, useCell } from "../core/cell.js";
import { t } from "../core/words.js";
import { Unheard } from "./parts.js";

/** Its component; null until it came, false where it could not be had. */
const page = cell(null);

async function ask() {
  if (page.get()) return;
  page.set(null);
  page.set(await import("./audit.js").then(({ Audit }) => Audit, () => false));
}

export function AuditPage({ id }) {
  const Audit = useCell(page);
  useEffect(() => {
    ask();
  }, []);
  if (Audit === false) return html`<p class="problem" role="alert">${t("problem.unreachable")}</p>`;
  return Audit ? html`<${Audit} id=${id} />` : html`<p class="nothing"><${Unheard} /></p>`;
}
