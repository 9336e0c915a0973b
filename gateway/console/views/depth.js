/** Depth: how many lots stand up to a price (uPlot); an empty side is drawn empty. */

import { html, useEffect, useRef } from "../vendor/htm-preact-standalone.module.js";
import { colour } from "../core/look.js";
import * as show from "../core/show.js";
import { t } from "../core/words.js";
import { AsTable, Card, heads } from "./parts.js";
import { Over, usePlot } from "./plot.js";

const LOT_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000];
const HEADROOM = 1.08;

export function Depth({ spec, book }) {
  const place = useRef(null);
  const isSome = book.isHeard && book.asks.length + book.bids.length > 0;
  const chart = usePlot(place, isSome, spec.market, (Plot, element) =>
    new Plot(options(Plot, element), figures(spec, book), element),
  );
  useEffect(() => chart.current?.setData(figures(spec, book)), [book]);
  const rows = [...sums(book.asks, "ask"), ...sums(book.bids, "bid")].map((level) => ({
    key: level.side + level.ticks,
    cells: [t(`word.${level.side}`), show.price(spec, level.ticks), show.count(level.lots)],
  }));
  const bare = ["bids", "asks"].find((side) => !book[side].length);
  const isOneSided = isSome && bare !== undefined;
  return html`<${Card} name="depth" title=${t("depth.title")}
    aside=${isOneSided && html`<span class="faint">${t(`depth.no_${bare}`)}</span>`}>
    <div class="chart" ref=${place} role="img" aria-label=${words(book)}></div>
    <${Over} isHeard=${book.isHeard} isEmpty=${!isSome} empty="depth.empty" />
    <${AsTable} caption=${t("depth.title")} rows=${book.isHeard ? rows : null}
      heads=${heads("word.side", "depth.upto#", "depth.lots#")} />
  <//>`;
}

function words(book) {
  if (!book.isHeard) return t("word.unheard");
  const lots = (levels) => levels.reduce((sum, level) => sum + level[1], 0);
  return t("depth.label", { asks: lots(book.asks), bids: lots(book.bids) });
}

/** Levels with the lots up to each, best first. */
function sums(levels, side) {
  let lots = 0;
  return levels.map(([ticks, standing]) => {
    lots += standing;
    return { side, ticks, lots };
  });
}

/**
 * x: price, ascending; then lots of bids and of asks up to there, null where a side has none.
 *
 * Each side goes on level beyond its last price; the side that has none keeps its empty room.
 */
function figures(spec, book) {
  const bids = sums(book.bids, "bid").map((level) => [show.drawn(spec, level.ticks), level.lots]);
  const asks = sums(book.asks, "ask").map((level) => [show.drawn(spec, level.ticks), level.lots]);
  if (!bids.length && !asks.length) return [[], [], []];
  const prices = [...bids, ...asks].map(([price]) => price);
  const margin = (Math.max(...prices) - Math.min(...prices)) / 4 || prices[0] / 20;
  const below = [Math.min(...prices) - margin, bids.at(-1)?.[1] ?? null];
  const above = [Math.max(...prices) + margin, asks.at(-1)?.[1] ?? null];
  bids.reverse();
  return [
    [below[0], ...bids.map(([price]) => price), ...asks.map(([price]) => price), above[0]],
    [below[1], ...bids.map(([, lots]) => lots), ...asks.map(() => null), null],
    [null, ...bids.map(() => null), ...asks.map(([, lots]) => lots), above[1]],
  ];
}

function options(Plot, element) {
  const side = (name, align) => ({
    label: t(`word.${name}`),
    stroke: colour(name),
    fill: colour(`${name}-wash`),
    width: 1.5,
    points: { show: false },
    paths: Plot.paths.stepped({ align }),
  });
  const axis = {
    stroke: colour("ink-2"),
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
    values: (_, ticks) => ticks.map((value) => show.count(value)),
  };
  return {
    width: element.clientWidth || 300,
    height: element.clientHeight || 180,
    padding: [8, 26, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    scales: {
      x: { time: false },
      y: { range: (_, low, high) => [0, Math.max(1, high ?? 1) * HEADROOM] },
    },
    axes: [
      { ...axis, size: 26, space: 70 },
      { ...axis, size: 46, incrs: LOT_STEPS },
    ],
    series: [{}, side("bid", -1), side("ask", 1)],
  };
}
