// The names beside the lanes: real text, buttons where there is something to fold.

import { make } from "./elements.js";

/** @typedef {import("./rows.js").Row} RowToName */
/** @typedef {import("./timeline.js").Timeline} TimelineOfNames */

/** The column of names. It scrolls with the rows; the plot beside it stays and is drawn anew. */
export class Names {
  /** @param {TimelineOfNames} timeline */
  constructor(timeline) {
    this.timeline = timeline;
    this.before = "";
    this.buttons = new Map(timeline.rows.map((row) => [row, this.button(row)]));
    this.element = make(
      "div",
      { class: "names", role: "group", "aria-label": "Threads" },
      ...this.buttons.values(),
    );
  }

  /**
   * @param {RowToName} row
   * @returns {HTMLButtonElement}
   */
  button(row) {
    const isHead = row.kind === "process" || row.kind === "group";
    const act = () => {
      if (isHead) this.timeline.fold(row);
      else this.timeline.select(-1, row);
    };
    const title = row.note ? `${row.label}, ${row.note}` : row.label;
    return make(
      "button",
      {
        type: "button",
        class: `name ${row.kind} depth-${row.depth}`,
        onclick: act,
        title,
        tabindex: isHead ? 0 : -1,
      },
      make("span", { class: "label" }, row.label),
      make("span", { class: "note" }, row.note),
    );
  }

  /** Put each name beside its row, if anything about the rows has changed. */
  update() {
    const { rows, emphasis } = this.timeline;
    const now = `${rows.map((row) => (row.isShown ? (row.isOpen ? 1 : 0) : "")).join()} ${rows.indexOf(/** @type {any} */ (emphasis.row))}`;
    if (now === this.before) return;
    this.before = now;
    for (const [row, button] of this.buttons) {
      button.hidden = !row.isShown;
      button.style.top = `${row.top + 26}px`;
      button.style.height = `${row.height}px`;
      button.classList.toggle("current", this.timeline.emphasis.row === row);
      if (row.kind === "process" || row.kind === "group")
        button.setAttribute("aria-expanded", String(row.isOpen));
    }
  }
}
