/** How candles are drawn on a uPlot: wicks, bodies, lots below; an axis of time in venue time. */

import { colour } from "../core/look.js";
import * as show from "../core/show.js";
import { beganS } from "../core/spans.js";

const NS_S = 1_000_000_000n;
const DAY_S = 86_400;
const MONTH_S = 28 * DAY_S;
const BODY_SHARE = 0.7; // of a span's width; the rest keeps neighbours apart
const BODY_MOST_PX = 22;
const MARK_PX = [4, 2]; // wide and tall at least: a day of one trade is seen, too
const LOTS_SHARE = 6; // the highest bar of lots takes the sixth part of the height
const LEAST_SHARE = 0.01; // a market that stood still is not blown up
const INCREMENTS = [
  ...[60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200],
  ...[1, 2, 5, 10, 15, 30, 61, 91, 182, 365].map((days) => days * DAY_S),
];

/** [x, open, high, low, close, lots] in whole currency; x is the middle of a span. */
export function figures(spec, rows, spanS) {
  const price = (n) => rows.map((row) => show.drawn(spec, row[n]));
  const middles = rows.map((row) => beganS(row) + spanS / 2);
  return [middles, price(1), price(2), price(3), price(4), rows.map((row) => row[5])];
}

/**
 * The chart. *of*: spec, spanS, rows() and directions() as they are now, shown() the stretch it
 * opens with, point(instant or null) and move(seconds) for what a hand or a key does.
 */
export function candleChart(Plot, element, of) {
  const hidden = { show: true, points: { show: false }, paths: () => null };
  const [min, max] = of.shown();
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: colour("ink-2"), font, ticks: { show: false } };
  const grid = { stroke: colour("line"), width: 1 };
  const options = {
    width: element.clientWidth || 300,
    height: element.clientHeight || 240,
    padding: [8, 0, 0, 24], // half of the first instant's words
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
    tzDate: (seconds) => Plot.tzDate(new Date(seconds * 1_000), show.venueSays.zone),
    scales: {
      x: { time: true, min, max, auto: false },
      price: { range: (_, low, high) => priceRange(low, high) },
      lots: { range: (_, low, high) => [0, Math.max(1, high ?? 1) * LOTS_SHARE] },
    },
    axes: [
      { ...axis, grid, size: 34, space: 74, incrs: INCREMENTS, values: instants },
      {
        ...axis,
        grid,
        scale: "price",
        side: 1,
        size: 74,
        values: (_, ticks) => ticks.map((value) => show.count(Math.round(value * 100) / 100)),
      },
    ],
    series: [
      {},
      ...[1, 2, 3, 4].map(() => ({ ...hidden, scale: "price" })),
      { ...hidden, scale: "lots" },
    ],
    hooks: {
      draw: [(plot) => draw(plot, of)],
      setCursor: [
        ({ cursor: { left }, posToVal }) => of.point(left < 0 ? null : posToVal(left, "x")),
      ],
    },
  };
  const plot = new Plot(options, figures(of.spec, of.rows(), of.spanS), element);
  plot.moveBy = of.move;
  plot.setScale("x", { min, max });
  movable(plot, of);
  return plot;
}

function priceRange(low, high) {
  if (low === null || high === null || low === undefined) return [0, 1];
  const lack = Math.max(0, high * LEAST_SHARE - (high - low)) / 2;
  const range = high - low + 2 * lack;
  const [room, below] = [range * 0.08, range * 0.3]; // below the prices the lots stand
  return [Math.max(0, low - lack - below), high + lack + room];
}

/** The axis in venue time: months, days, or hours with the day where it begins. */
function instants(_, splits, _axis, _space, step) {
  let before = "";
  return splits.map((seconds) => {
    const ns = BigInt(Math.round(seconds)) * NS_S;
    const day = show.day(ns);
    if (step >= MONTH_S) return day.slice(0, 7);
    const isNew = step >= DAY_S ? day.slice(0, 4) !== before : day !== before;
    before = step >= DAY_S ? day.slice(0, 4) : day;
    if (step >= DAY_S) return isNew ? `${day.slice(5)}\n${before}` : day.slice(5);
    const clock = show.clock(ns).slice(0, 5);
    return isNew ? `${clock}\n${day.slice(5)}` : clock;
  });
}

/** Rising candles hollow, falling ones filled: told apart without colour; unchanged ones grey. */
function draw(plot, of) {
  const { ctx } = plot;
  const [xs, opens, highs, lows, closes, lots] = plot.data;
  const went = of.directions();
  const ratio = devicePixelRatio;
  const { left, top, width, height } = plot.bbox;
  const span = Math.abs(plot.valToPos(of.spanS, "x", true) - plot.valToPos(0, "x", true));
  const body = Math.max(MARK_PX[0] * ratio, Math.min(span * BODY_SHARE, BODY_MOST_PX * ratio));
  const paints = { true: colour("up"), false: colour("down"), null: colour("ink-3") };
  const [hollow, bars] = [colour("panel"), colour("line-strong")];
  const y = (value, scale = "price") => plot.valToPos(value, scale, true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.lineWidth = ratio;
  for (let n = 0; n < xs.length; n += 1) {
    const x = plot.valToPos(xs[n], "x", true);
    if (x < left - body || x > left + width + body) continue;
    ctx.fillStyle = bars;
    ctx.fillRect(x - body / 2, y(lots[n], "lots"), body, y(0, "lots") - y(lots[n], "lots"));
    const [high, low] = [y(Math.max(opens[n], closes[n])), y(Math.min(opens[n], closes[n]))];
    ctx.strokeStyle = paints[went[n]];
    ctx.fillStyle = went[n] === true ? hollow : paints[went[n]];
    ctx.beginPath();
    ctx.moveTo(x, y(highs[n]));
    ctx.lineTo(x, high);
    ctx.moveTo(x, low);
    ctx.lineTo(x, y(lows[n]));
    ctx.stroke();
    const tall = Math.max(MARK_PX[1] * ratio, low - high);
    ctx.fillRect(x - body / 2, high, body, tall);
    ctx.strokeRect(x - body / 2, high, body, tall);
  }
  ctx.restore();
}

/** Drawn to the side by hand: the chart shows what was before, or after. */
function movable(plot, of) {
  let heldAt = null;
  plot.over.style.touchAction = "pan-y"; // up and down the page moves
  plot.over.addEventListener("pointerdown", (event) => {
    heldAt = event.clientX;
    plot.over.setPointerCapture(event.pointerId);
  });
  plot.over.addEventListener("pointermove", (event) => {
    if (heldAt === null) return;
    const byS = plot.posToVal(heldAt, "x") - plot.posToVal(event.clientX, "x");
    heldAt = event.clientX;
    of.move(byS);
  });
  ["pointerup", "pointercancel"].forEach((name) =>
    plot.over.addEventListener(name, () => {
      heldAt = null;
    }),
  );
}
