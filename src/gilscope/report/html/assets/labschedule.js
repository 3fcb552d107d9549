// An order of two threads, step by step: what each has read, and between them what they share.

import { make } from "./elements.js";
import { keepInView, stepper } from "./labstepper.js";

export function schedules() {
  for (const figure of document.querySelectorAll(".schedule"))
    beginSchedule(/** @type {HTMLElement} */ (figure));
}

/** @param {HTMLElement} figure */
function beginSchedule(figure) {
  const rows = [...figure.querySelectorAll("tbody tr")];
  const first = make("tr", { class: "beginning" });
  const width = figure.querySelectorAll("thead th").length;
  first.append(make("td", { colspan: width, class: "across" }, make("span", {}, "It begins.")));
  rows[0]?.before(first);
  const all = [first, ...rows];
  const watched = figure.dataset.watched ?? "";
  const stage = new Stage(figure, rows, watched);
  const words = make("p", { class: "now", role: "status" });
  const controls = stepper(all.length, "Steps of this order", (step) => {
    all.forEach((row, at) => {
      row.classList.toggle("current", at === step);
      row.classList.toggle("ahead", at > step);
    });
    stage.show(all.slice(0, step + 1));
    markCode(figure, all[step]);
    words.textContent = /** @type {HTMLElement} */ (all[step]).dataset.said ?? all[step].textContent;
  });
  figure.querySelector("figcaption")?.after(controls, words, stage.element);
}

/** What is in whose hand. */
class Stage {
  /**
   * @param {HTMLElement} figure
   * @param {Element[]} rows
   * @param {string} watched
   */
  constructor(figure, rows, watched) {
    this.watched = watched;
    this.begins = beginning(rows, watched);
    this.shared = make("strong", { class: "value" });
    /** @type {Map<string, HTMLElement>} */
    this.hands = new Map();
    const heads = /** @type {HTMLElement[]} */ ([...figure.querySelectorAll("thead th")]);
    const parts = heads.map((head) => this.part(head));
    this.element = make("div", { class: "hands", "aria-hidden": "true" }, ...parts);
  }

  /**
   * @param {HTMLElement} head
   * @returns {HTMLElement}
   */
  part(head) {
    const name = head.textContent ?? "";
    const thread = head.dataset.thread;
    if (thread === undefined) {
      return make(
        "div",
        { class: "hand shared" },
        make("span", {}, name),
        this.shared,
        make("span", {}, "shared"),
      );
    }
    const value = make("strong", { class: "value" });
    this.hands.set(thread, value);
    return make(
      "div",
      { class: "hand", "data-thread": thread },
      make("span", {}, name),
      value,
      make("span", {}, "has read"),
    );
  }

  /** @param {Element[]} done */
  show(done) {
    let shared = this.begins;
    for (const hand of this.hands.values()) hand.textContent = "–";
    for (const row of done) {
      const { thread, operation, target, value } = /** @type {HTMLElement} */ (row).dataset;
      if (target !== this.watched || value === undefined || thread === undefined) continue;
      if (operation === "read") {
        const hand = this.hands.get(thread);
        if (hand) hand.textContent = value;
      } else shared = value;
    }
    this.shared.textContent = shared;
    const now = /** @type {HTMLElement | undefined} */ (done.at(-1))?.dataset.thread;
    for (const each of this.element.children) {
      const hand = /** @type {HTMLElement} */ (each);
      hand.classList.toggle("active", now !== undefined && hand.dataset.thread === now);
    }
  }
}

/**
 * What was there before anybody wrote.
 * @param {Element[]} rows
 * @param {string} watched
 * @returns {string}
 */
function beginning(rows, watched) {
  for (const row of rows) {
    const { target, operation, value } = /** @type {HTMLElement} */ (row).dataset;
    if (target === watched && operation === "read" && value !== undefined) return value;
    if (target === watched) return "?";
  }
  return "?";
}

/**
 * The line that runs, in the code beside the picture.
 * @param {HTMLElement} figure
 * @param {Element} row
 */
function markCode(figure, row) {
  const source = /** @type {HTMLElement} */ (row).dataset.source;
  for (const line of figure.closest(".step")?.querySelectorAll(".beside .line") ?? []) {
    const isCurrent = source !== undefined && line.textContent?.trim() === source;
    line.classList.toggle("current", isCurrent);
    if (isCurrent) keepInView(/** @type {HTMLElement} */ (line));
  }
}
