// Making elements: text is always text, never markup, whatever a program calls its threads.

/** @typedef {string | number | boolean | ((event: any) => void) | undefined} Attribute */

/**
 * Make an element. Attributes whose names begin with `on` are listeners; `false` and `undefined` leave
 * one out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, Attribute>} attributes
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  decorate(element, attributes);
  element.append(...children);
  return element;
}

/**
 * @param {string} tag
 * @param {Record<string, Attribute>} attributes
 * @param {(Node | string)[]} children
 * @returns {SVGElement}
 */
export function makeSvg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  decorate(element, attributes);
  element.append(...children);
  return element;
}

/**
 * @param {Element} element
 * @param {Record<string, Attribute>} attributes
 */
function decorate(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
}

/**
 * @param {string} words
 * @param {() => void} action
 * @param {Record<string, Attribute>} attributes
 * @returns {HTMLButtonElement}
 */
export function makeButton(words, action, attributes = {}) {
  return make("button", { type: "button", onclick: () => action(), ...attributes }, words);
}

/**
 * A section of the page that a view fills: without the sentence for readers without scripts. Python
 * leaves out what the recording has nothing for.
 * @param {string} id
 * @returns {HTMLElement | null}
 */
export function viewSection(id) {
  const section = document.getElementById(id);
  section?.querySelectorAll(".needs-script").forEach((each) => each.remove());
  return section;
}

/**
 * The parsed content of a data block of the page; null where it has none.
 * @param {string} id
 * @returns {any}
 */
export function readJson(id) {
  const text = document.getElementById(id)?.textContent;
  return text ? JSON.parse(text) : null;
}

/**
 * A table behind a summary: the same as a picture, in words and numbers.
 * @param {string} summary
 * @param {string[]} headings
 * @param {(string | Node)[][]} rows the first cell of each names it
 * @returns {HTMLDetailsElement}
 */
export function tableBehind(summary, headings, rows) {
  return make(
    "details",
    { class: "as-table" },
    make("summary", {}, summary),
    make(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": summary },
      makeTable(summary, headings, rows),
    ),
  );
}

/**
 * @param {string} caption
 * @param {string[]} headings
 * @param {(string | Node)[][]} rows
 * @returns {HTMLTableElement}
 */
export function makeTable(caption, headings, rows) {
  const cells = (/** @type {(string | Node)[]} */ row) =>
    row.map((cell, column) =>
      column === 0 ? make("th", { scope: "row" }, cell) : make("td", { class: "number" }, cell),
    );
  return make(
    "table",
    {},
    make("caption", { class: "unseen" }, caption),
    make(
      "thead",
      {},
      make(
        "tr",
        {},
        ...headings.map((each, column) =>
          make("th", { scope: "col", class: column > 0 ? "number" : undefined }, each),
        ),
      ),
    ),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...cells(row)))),
  );
}

/** @returns {ScrollBehavior} */
export function motion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}
