// Where the page of a comparison begins.

import { showDifference } from "./differenceflames.js";
import { make, readJson } from "./elements.js";
import { frame } from "./page.js";
import { Tooltip } from "./tooltip.js";

function compareSides() {
  /** @type {DifferenceGraphs} */
  const data = readJson("graphs");
  const view = showDifference(data, new Tooltip());
  const position = new Map(data.numbers.map((number, at) => [number, at]));
  for (const each of document.querySelectorAll("main [data-graph]")) {
    const element = /** @type {HTMLElement} */ (each);
    const kind = /** @type {DifferenceKind} */ (element.dataset.graph);
    const number = element.dataset.function;
    const place = number === undefined ? null : position.get(Number(number));
    if (view && place !== undefined) linkTo(element, () => view.showFunction(kind, place));
  }
  frame(() => {});
  document.documentElement.dataset.ready = "yes";
}

/**
 * @param {HTMLElement} element
 * @param {() => void} action
 */
function linkTo(element, action) {
  const link = make("a", { href: "#flames" }, ...element.childNodes);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    action();
  });
  element.append(link);
}

compareSides();
