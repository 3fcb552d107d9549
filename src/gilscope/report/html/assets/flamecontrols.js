// What stands above every flame graph: a search, and the box that turns the graph upside down.

import { make } from "./elements.js";

/** @param {() => void} find called whenever the text has changed */
export function makeFlameSearch(find) {
  const search = make("input", {
    type: "search",
    placeholder: "Search functions and files",
    "aria-label": "Search the flame graph",
  });
  search.addEventListener("input", find);
  return search;
}

/**
 * @param {string} from what the callers are of
 * @param {(isInverted: boolean) => void} turn called whenever the box has changed
 */
export function makeInvertedBox(from, turn) {
  const box = make("input", { type: "checkbox", id: "flames-inverted" });
  box.addEventListener("change", () => turn(box.checked));
  const words = ` inverted: from the ${from} up to its callers`;
  return make("label", { class: "check", for: "flames-inverted" }, box, words);
}
