/** Price as candles (lightweight-charts), each interval a feed; a table behind. */

import { html, useEffect, useRef, useState } from "../vendor/htm-preact-standalone.module.js";
import {
  CandlestickSeries,
  createChart,
  HistogramSeries,
  LineSeries,
} from "../vendor/lightweight-charts.standalone.production.mjs";
import { useCell } from "../core/cell.js";
import { colour, colours, theme } from "../core/look.js";
import * as show from "../core/show.js";
import { language, t } from "../core/words.js";
import { listen } from "../wire/socket.js";
import { AsTable, Card, Choice, heads } from "./parts.js";

const INTERVALS = ["1m", "5m", "1h", "1d"];
const PRICES = ["word.first#", "word.high#", "word.low#", "word.close#"];
const TABLE_ROWS = 60;
const NS_S = 1_000_000_000n;

export function Candles({ spec }) {
  const [interval, choose] = useState("1d");
  const rows = useCandles(spec.market, interval);
  const place = useRef(null);
  useChart(place, spec, rows, interval);
  const label = t("candles.label", { n: rows?.length ?? 0 });
  const table = (rows ?? []).slice(-TABLE_ROWS).reverse();
  return html`<${Card} name="candles" title=${t("candles.title")}
    aside=${html`<${Choice} label=${t("candles.interval")} value=${interval} onChoose=${choose}
      choices=${INTERVALS.map((each) => [each, t(`interval.${each}`)])} />`}>
    <div class="chart" ref=${place} role="img" aria-label=${label}></div>
    ${rows && !rows.length && html`<p class="nothing over">${t("candles.empty")}</p>`}
    <${AsTable} caption=${t("candles.title")} rows=${table.map((row) => tableRow(spec, row))}
      heads=${heads("word.time", ...PRICES, "word.lots#")} />
  <//>`;
}

/** [open_ns, open, high, low, close, lots, trades] per span; null before the snapshot came. */
function useCandles(market, interval) {
  const [rows, set] = useState(null);
  useEffect(() => {
    set(null);
    return listen(`candles.${interval}/${market}`, ({ kind, body }) => {
      if (!body) return;
      if (kind === "snapshot") set(body);
      else set((known) => followed(known ?? [], body));
    });
  }, [market, interval]);
  return rows;
}

function followed(rows, candle) {
  const isSame = rows.length && String(rows.at(-1)[0]) === String(candle[0]);
  return isSame ? [...rows.slice(0, -1), candle] : [...rows, candle];
}

/** Draws into *place*; again in other colours when the page changes them. */
function useChart(place, spec, rows, interval) {
  const look = `${useCell(theme)} ${useCell(colours)} ${useCell(language)}`;
  const held = useRef(null);
  useEffect(() => {
    const chart = createChart(place.current, options());
    const scaled = { priceFormat: format(spec), autoscaleInfoProvider: leastRange };
    const closes = chart.addSeries(LineSeries, {
      ...scaled,
      color: colour("ink-3"),
      lineWidth: 1,
      lastValueVisible: false,
      priceLineVisible: false,
      crosshairMarkerVisible: false,
    }); // a thin market has one trade a day: the eye needs a line from one to the next
    const price = chart.addSeries(CandlestickSeries, { ...candleColours(), ...scaled });
    const lots = chart.addSeries(HistogramSeries, {
      color: colour("line-strong"),
      priceScaleId: "lots",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    chart.priceScale("lots").applyOptions({ scaleMargins: { top: 0.86, bottom: 0 } });
    held.current = { chart, price, closes, lots, shown: "" };
    return () => chart.remove();
  }, [spec.market, look]);
  useEffect(() => {
    if (!rows || !held.current) return;
    const { chart, price, closes, lots } = held.current;
    const bars = rows.map((row) => bar(spec, row));
    price.setData(bars);
    closes.setData(bars.map(({ time, close }) => ({ time, value: close })));
    lots.setData(rows.map((row) => ({ time: seconds(row[0]), value: row[5] })));
    chart.timeScale().applyOptions({ timeVisible: interval !== "1d" });
    if (held.current.shown === interval) return;
    chart.timeScale().fitContent(); // once: a visitor's own zoom is left alone
    held.current.shown = interval;
  }, [rows, look, interval]);
}

function options() {
  return {
    autoSize: true,
    layout: {
      attributionLogo: false, // the footer credits TradingView
      background: { color: "transparent" },
      textColor: colour("ink-2"),
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 11,
    },
    grid: { vertLines: { color: colour("line") }, horzLines: { color: colour("line") } },
    rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.2 } },
    timeScale: { borderColor: colour("line"), rightOffset: 3, maxBarSpacing: 26 },
    crosshair: {
      vertLine: { color: colour("ink-3"), labelBackgroundColor: colour("ink-2") },
      horzLine: { color: colour("ink-3"), labelBackgroundColor: colour("ink-2") },
    },
    handleScroll: { mouseWheel: false, vertTouchDrag: false }, // the page scrolls, not the chart
    handleScale: { mouseWheel: false },
    localization: { locale: language.get() === "zh" ? "zh-CN" : "en-GB" },
  };
}

/** Rising candles hollow, falling ones filled: told apart without colour. */
function candleColours() {
  return {
    upColor: colour("panel"),
    downColor: colour("down"),
    borderUpColor: colour("up"),
    borderDownColor: colour("down"),
    wickUpColor: colour("up"),
    wickDownColor: colour("down"),
  };
}

/** The axis is never finer than a tick, and a market that stood still is not blown up. */
const format = (spec) => ({
  type: "custom",
  minMove: Math.max(0.01, show.drawn(spec, 1)),
  formatter: (value) => show.count(Math.round(value * 100) / 100),
});

const LEAST_SHARE = 0.01;

function leastRange(original) {
  const found = original();
  if (!found?.priceRange) return found;
  const { minValue, maxValue } = found.priceRange;
  const least = maxValue * LEAST_SHARE;
  const lack = Math.max(0, least - (maxValue - minValue)) / 2;
  return { ...found, priceRange: { minValue: minValue - lack, maxValue: maxValue + lack } };
}

/** The chart knows no zones: an instant is moved by the venue's offset and drawn as if UTC. */
function seconds(ns) {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(show.offset(ns));
  const offset = (Number(hours) * 60 + Number(minutes)) * 60 * (sign === "-" ? -1 : 1);
  return Number(BigInt(ns) / NS_S) + offset;
}

function bar(spec, [ns, open, high, low, close]) {
  const [o, h, l, c] = [open, high, low, close].map((ticks) => show.drawn(spec, ticks));
  return { time: seconds(ns), open: o, high: h, low: l, close: c };
}

function tableRow(spec, [ns, open, high, low, close, lots]) {
  const prices = [open, high, low, close].map((ticks) => show.price(spec, ticks));
  const minute = `${show.day(ns)} ${show.clock(ns).slice(0, 5)}`;
  return { key: ns, cells: [minute, ...prices, show.count(lots)] };
}
