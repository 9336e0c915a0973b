/** uPlot, which draws the charts: fetched once there is something to draw. */

import { html, useEffect, useRef } from "../vendor/htm-preact-standalone.module.js";
import { cell, useCell } from "../core/cell.js";
import { colours, theme } from "../core/look.js";
import { language, t } from "../core/words.js";
import { Unheard } from "./parts.js";

/** The library; null until it came, false where it could not be had. */
const library = cell(null);
let isAsked = false;

async function ask() {
  if (isAsked) return;
  isAsked = true;
  try {
    library.set((await import("../vendor/uPlot.esm.js")).default);
  } catch {
    library.set(false); // the table below the chart says the same figures
  }
}

/**
 * A chart in *place*, made anew when what it is of or the page's look changes; `current` is it.
 *
 * *isWanted*: whether there is anything to draw. *make*(uPlot, element) gives the chart.
 */
export function usePlot(place, isWanted, of, make) {
  const look = `${useCell(theme)} ${useCell(colours)} ${useCell(language)}`;
  const Plot = useCell(library);
  const chart = useRef(null);
  useEffect(() => {
    if (isWanted) ask();
  }, [isWanted]);
  useEffect(() => {
    if (!Plot || !isWanted) return undefined;
    const element = place.current;
    chart.current = make(Plot, element);
    const sizes = new ResizeObserver(() =>
      chart.current?.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      chart.current.destroy();
      chart.current = null;
    };
  }, [of, look, Plot, isWanted]);
  return chart;
}

/** What stands where a chart will be: asking, none, on its way, or that it could not be had. */
export function Over({ isHeard, isEmpty, empty }) {
  const Plot = useCell(library);
  if (!isHeard) {
    return html`<p class="nothing over"><${Unheard} /> ${t("chart.asking")}</p>`;
  }
  if (isEmpty) return html`<p class="nothing over">${t(empty)}</p>`;
  if (Plot === false) return html`<p class="nothing over">${t("chart.missing")}</p>`;
  return null;
}
