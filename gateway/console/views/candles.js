/** Price over time as candles (uPlot), read out by pointer and by keys. */

import { html, useEffect, useRef, useState } from "../vendor/htm-preact-standalone.module.js";
import { nowNs } from "../core/clock.js";
import * as show from "../core/show.js";
import { beganS, directions, INTERVALS, moved, opening, rowAt, SPANS_S } from "../core/spans.js";
import { t } from "../core/words.js";
import { listen } from "../wire/socket.js";
import { candleChart, figures } from "./candle_chart.js";
import { AsTable, Card, Choice, heads } from "./parts.js";
import { Over, usePlot } from "./plot.js";

const PRICES = ["word.first#", "word.high#", "word.low#", "word.close#"];
const TABLE_ROWS = 60;
const FOLLOW_MS = 5_000;
const NS_S = 1_000_000_000n;
const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e6, End: 1e6 };

const nowS = () => Number(nowNs() / NS_S);

export function Candles({ spec, isDue }) {
  const [interval, choose] = useState("1d");
  const rows = useCandles(spec.market, interval, isDue);
  const [pointed, point] = useState(null); // {row, instantS}; null: the newest is read out
  const place = useRef(null);
  const chart = useChart(place, spec, rows, interval, point);
  const newest = rows?.slice(-TABLE_ROWS).reverse();
  const table = newest?.map((row) => tableRow(spec, row)) ?? null;
  const said = rows?.length ? reading(spec, interval, rows, pointed) : "";
  const at = pointed && pointed.row >= 0 ? pointed.row : (rows?.length ?? 1) - 1;
  return html`<${Card} name="candles" title=${t("candles.title")}
    aside=${html`<${Choice} label=${t("candles.interval")} value=${interval} onChoose=${choose}
      choices=${INTERVALS.map((each) => [each, t(`interval.${each}`)])} />`}>
    <p class="reading">${said || html`\u00a0`}</p>
    <div class="chart" ref=${place} role="slider" tabindex="0" aria-label=${t("candles.label")}
      aria-valuemin="1" aria-valuemax=${Math.max(1, rows?.length ?? 1)}
      aria-valuenow=${Math.max(1, at + 1)} aria-valuetext=${said || t("word.unheard")}
      onKeyDown=${(event) => step(event, chart.current, rows, interval, at)}></div>
    <${Over} isHeard=${rows !== null} isEmpty=${!rows?.length} empty="candles.empty" />
    <${AsTable} caption=${t("candles.title")} rows=${table}
      heads=${heads("word.time", ...PRICES, "word.lots#", "word.yuan#")} />
  <//>`;
}

/**
 * The rows of each span (`core/spans.js`), oldest first; null before the snapshot came.
 *
 * They are asked for once they are due: first what stands now, then what was.
 */
function useCandles(market, interval, isDue) {
  const [rows, set] = useState(null);
  useEffect(() => {
    set(null);
    if (!isDue) return undefined;
    return listen(`candles.${interval}/${market}`, ({ kind, body }) => {
      if (!body) return;
      if (kind === "snapshot") set(body);
      else set((known) => followed(known ?? [], body));
    });
  }, [market, interval, isDue]);
  return rows;
}

/** The candles that changed are the newest: they take the place of all since the first of them. */
function followed(rows, changed) {
  const from = BigInt(changed[0][0]);
  return [...rows.filter((row) => BigInt(row[0]) < from), ...changed];
}

/** The chart of these rows; *point* hears what the pointer or the keys are at. */
function useChart(place, spec, rows, interval, point) {
  const held = useRef({ rows: null, shown: null, isMoved: false });
  const of = `${spec.market} ${interval}`;
  useEffect(() => {
    held.current = { rows, shown: null, isMoved: false };
    point(null);
  }, [of]);
  held.current.rows = rows;
  const chart = usePlot(place, Boolean(rows?.length), of, (Plot, element) =>
    candleChart(Plot, element, {
      spec,
      spanS: SPANS_S[interval],
      rows: () => held.current.rows,
      directions: () => directions(held.current.rows),
      shown: () => held.current.shown ?? opening(rows, nowS(), SPANS_S[interval], wide(element)),
      point: (instantS) => {
        const known = held.current.rows;
        const row = instantS === null ? -1 : rowAt(known, instantS, SPANS_S[interval]);
        point(instantS === null ? null : { row, instantS });
      },
      move: (byS) => {
        const { rows: known, shown } = held.current;
        held.current.shown = moved(shown, byS, known, nowS(), SPANS_S[interval]);
        held.current.isMoved = true;
        follow(chart.current, held.current);
      },
    }),
  );
  useEffect(() => {
    if (!rows?.length) return undefined;
    const draw = () => {
      const known = held.current;
      if (!chart.current) return;
      if (!known.isMoved) {
        known.shown = opening(known.rows, nowS(), SPANS_S[interval], wide(place.current));
      }
      follow(chart.current, known);
    };
    chart.current?.setData(figures(spec, rows, SPANS_S[interval]), false);
    draw();
    const timer = setInterval(draw, FOLLOW_MS); // now goes on, also where nobody trades
    return () => clearInterval(timer);
  }, [rows, of, chart.current]);
  return chart;
}

const wide = (element) => element.clientWidth;

function follow(chart, { shown }) {
  if (chart && shown) chart.setScale("x", { min: shown[0], max: shown[1] });
}

/** From candle to candle by the arrow keys; the chart moves along. */
function step(event, chart, rows, interval, at) {
  const by = STEPS[event.key];
  if (!by || !chart || !rows?.length) return;
  event.preventDefault();
  const next = Math.min(rows.length - 1, Math.max(0, at + by));
  const middleS = beganS(rows[next]) + SPANS_S[interval] / 2;
  const { min, max } = chart.scales.x;
  if (middleS < min || middleS > max) chart.moveBy(middleS < min ? middleS - max : middleS - min);
  chart.setCursor({ left: chart.valToPos(middleS, "x"), top: 0 });
}

/** One span in words: its day or minute, its prices, what changed hands; or that nothing did. */
function reading(spec, interval, rows, pointed) {
  const row = pointed ? rows[pointed.row] : rows.at(-1);
  if (!row) {
    const began = pointed.instantS - (pointed.instantS % Math.min(SPANS_S[interval], 3_600));
    return t("candles.no_trade", { time: spanWords(interval, BigInt(Math.floor(began)) * NS_S) });
  }
  const [ns, open, high, low, close, lots, trades] = row;
  const [first, top, bottom, last] = [open, high, low, close].map((at) => show.price(spec, at));
  return t("candles.reading", {
    time: spanWords(interval, ns),
    open: first,
    high: top,
    low: bottom,
    close: last,
    volume: volume(spec, lots),
    yuan: show.shortMoney(show.turnover(spec, row)),
    trades: t("count.trades", { n: trades, shown: show.count(trades) }),
  });
}

const spanWords = (interval, ns) =>
  interval === "1d" ? show.day(ns) : `${show.day(ns)} ${show.clock(ns).slice(0, 5)}`;

const volume = (spec, n) =>
  t(spec.gpus_per_lot === 1 ? "volume.gpus" : "volume.servers", { n, shown: show.count(n) });

function tableRow(spec, row) {
  const [ns, open, high, low, close, lots] = row;
  const prices = [open, high, low, close].map((ticks) => show.price(spec, ticks));
  const minute = `${show.day(ns)} ${show.clock(ns).slice(0, 5)}`;
  const yuan = show.shortMoney(show.turnover(spec, row));
  return { key: ns, cells: [minute, ...prices, show.count(lots), yuan] };
}
