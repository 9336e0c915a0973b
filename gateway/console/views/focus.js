/** Who works by keyboard keeps his place: where what had the focus vanishes, its card takes it. */

const PLACES = ".card, form, main";

let had = null; // what had the focus last, and the places it stood in, nearest first

/** Looks after each change of the page. */
export function keepFocus() {
  addEventListener("focusin", ({ target }) => {
    had = { target, places: placesOf(target) };
  });
  addEventListener("focusout", ({ target }) => {
    // left by itself, and not taken away: then nobody's place is lost
    setTimeout(() => {
      if (target.isConnected && document.activeElement === document.body) had = null;
    });
  });
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}

function look() {
  if (!had || had.target.isConnected || document.activeElement !== document.body) return;
  const place = had.places.find((each) => each.isConnected);
  if (!place) return;
  place.tabIndex = -1;
  place.focus();
}

function placesOf(element) {
  const found = [];
  for (let at = element.closest(PLACES); at; at = at.parentElement?.closest(PLACES)) found.push(at);
  return found;
}
