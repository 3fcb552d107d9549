// What is under the pointer, in a box beside it.

import { make } from "./elements.js";

/** @typedef {import("./describe.js").Description} DescriptionToShow */

const OFFSET = 14;

/** One box for the whole page. Screen readers get the same from the panel of what is selected. */
export class Tooltip {
  constructor() {
    this.element = make("div", { class: "tooltip", "aria-hidden": "true", hidden: true });
    document.body.append(this.element);
  }

  /**
   * @param {DescriptionToShow} description
   * @param {string[]} remarks
   * @param {number} x of the window
   * @param {number} y
   */
  show(description, remarks, x, y) {
    const facts = description.facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);
    this.element.replaceChildren(
      make("strong", { class: `state-${description.state}` }, description.title),
      make("dl", {}, ...facts),
      ...remarks.map((each) => make("p", {}, each)),
    );
    this.element.hidden = false;
    const { offsetWidth, offsetHeight } = this.element;
    const left = x + OFFSET + offsetWidth > window.innerWidth ? x - OFFSET - offsetWidth : x + OFFSET;
    const top = y + OFFSET + offsetHeight > window.innerHeight ? y - OFFSET - offsetHeight : y + OFFSET;
    this.element.style.left = `${Math.max(4, left)}px`;
    this.element.style.top = `${Math.max(4, top)}px`;
  }

  hide() {
    this.element.hidden = true;
  }
}
