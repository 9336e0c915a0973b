/** The page's words: one of two complete catalogues, chosen by the browser and a switch. */

import { cell } from "./cell.js";
import { kept } from "./kept.js";

export const LANGUAGES = ["en", "zh"];
const KEPT = "gpubourse.language";

export const language = cell("en");
let catalogue = {};

/** Loads the kept language, or the browser's, or English. */
export async function begin() {
  const known = kept.get(KEPT);
  const browser = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  const wanted = [known, ...browser].find((tag) => LANGUAGES.includes(tag)) ?? "en";
  await speak(wanted);
}

/** Changes the language; it is kept for the next visit. */
export async function speak(wanted) {
  const reply = await fetch(new URL(`../words/${wanted}.json`, import.meta.url));
  catalogue = await reply.json();
  document.documentElement.lang = wanted === "zh" ? "zh-CN" : "en";
  language.set(wanted);
}

export function keepLanguage(wanted) {
  kept.set(KEPT, wanted);
  return speak(wanted);
}

/**
 * The words of a key, `{name}` filled in. "1 ask|{n} asks": the first when n is 1.
 * A key that is not there is shown as it is: tests look for it.
 */
export function t(key, figures = {}) {
  const text = catalogue[key];
  if (text === undefined) return key;
  const [one, many] = text.split("|");
  const chosen = many === undefined || Number(figures.n) === 1 ? one : many;
  return chosen.replace(/\{(\w+)\}/g, (_, name) => figures[name] ?? "");
}

/** The words of a key, or *otherwise* where the catalogue has none (codes of a newer venue). */
export function tOr(key, otherwise, figures = {}) {
  return key in catalogue ? t(key, figures) : otherwise;
}
