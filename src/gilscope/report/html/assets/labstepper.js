// What walks through steps: buttons, a slider, and the arrow keys that a slider has.

import { make, makeButton } from "./elements.js";

/**
 * Controls for so many steps. `show` is called with the number of each that is to be shown, and says in
 * words what there is to see: the slider itself tells a screen reader only where it is.
 * @param {number} count
 * @param {string} name of the slider
 * @param {(step: number) => void} show
 * @returns {HTMLElement}
 */
export function stepper(count, name, show) {
  const slider = make("input", {
    type: "range",
    min: 0,
    max: count - 1,
    value: 0,
    step: 1,
    "aria-label": name,
  });
  const place = make("span", { class: "place", "aria-hidden": "true" });
  const go = (/** @type {number} */ step) => {
    const at = Math.min(Math.max(step, 0), count - 1);
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", `${at + 1} of ${count}`);
    show(at);
    place.textContent = `${at + 1} / ${count}`;
    back.disabled = at === 0;
    on.disabled = at === count - 1;
  };
  const back = makeButton("← Back", () => go(slider.valueAsNumber - 1), { class: "back" });
  const on = makeButton("Next →", () => go(slider.valueAsNumber + 1), { class: "next" });
  slider.addEventListener("input", () => go(slider.valueAsNumber));
  go(0);
  return make("div", { class: "stepper" }, back, slider, on, place);
}

/**
 * Scroll a block of code, and nothing else, so that one of its lines is seen.
 * @param {HTMLElement} line
 */
export function keepInView(line) {
  const block = line.closest("pre");
  if (!block) return;
  const above = line.offsetTop - block.scrollTop;
  if (above < 0 || above + line.offsetHeight > block.clientHeight) {
    block.scrollTop = line.offsetTop - block.clientHeight / 2;
  }
}
