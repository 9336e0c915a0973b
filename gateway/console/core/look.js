/** How the page looks: light or dark, and which colour means up; `first.js` wears it first. */

import { cell } from "./cell.js";
import { kept } from "./kept.js";

const KEPT_THEME = "gpubourse.theme";
const KEPT_COLOURS = "gpubourse.colours";

export const COLOURS = ["blue-up", "red-up", "green-up"];
export const theme = cell("light");
export const colours = cell("blue-up");

export function begin() {
  const isDark = matchMedia("(prefers-color-scheme: dark)");
  const { dataset } = document.documentElement;
  wear(dataset.theme);
  isDark.addEventListener("change", (now) => {
    if (!kept.get(KEPT_THEME)) wear(now.matches ? "dark" : "light");
  });
  paint(dataset.colours);
}

export function switchTheme() {
  const next = theme.get() === "dark" ? "light" : "dark";
  kept.set(KEPT_THEME, next);
  wear(next);
}

export function switchColours() {
  const next = COLOURS[(COLOURS.indexOf(colours.get()) + 1) % COLOURS.length];
  kept.set(KEPT_COLOURS, next);
  paint(next);
}

/** A colour of the style sheet, as charts need it. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function wear(next) {
  document.documentElement.dataset.theme = next;
  theme.set(next);
}

function paint(next) {
  const known = COLOURS.includes(next) ? next : "blue-up";
  document.documentElement.dataset.colours = known;
  colours.set(known);
}
