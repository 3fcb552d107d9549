// A square of many names: too many for a table with numbers, so colours, with the numbers under the pointer.

import { make } from "./elements.js";
import { seconds } from "./units.js";

/** @typedef {{names: string[], lanes: (number | null)[], wait_s: number[][]}} SquareOfHeat */

const LABELS = 130;

/** Hover or arrow keys tell one cell; Enter and clicks lead to the row's thread. */
export class HeatCanvas {
  /**
   * @param {SquareOfHeat} square
   * @param {import("./tooltip.js").Tooltip} tooltip
   * @param {import("./guide.js").Guide} guide
   */
  constructor(square, tooltip, guide) {
    this.square = square;
    this.tooltip = tooltip;
    this.guide = guide;
    this.cell = Math.max(4, Math.min(22, Math.floor(760 / square.names.length)));
    this.row = -1;
    this.column = -1;
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.words = make("p", { class: "hint", role: "status" });
    this.plot = make(
      "div",
      {
        class: "heat-plot",
        tabindex: 0,
        role: "application",
        "aria-label": `Who makes whom wait: ${square.names.length} names; arrow keys go from cell to cell`,
      },
      this.canvas,
    );
    this.element = make("div", {}, make("div", { class: "scroll" }, this.plot), this.words);
    this.plot.addEventListener("pointermove", (event) => this.hover(event));
    this.plot.addEventListener("pointerleave", () => this.tooltip.hide());
    this.plot.addEventListener("click", () => this.follow());
    this.plot.addEventListener("keydown", (event) => this.key(event));
  }

  draw() {
    const { names, wait_s } = this.square;
    const size = names.length * this.cell;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    this.canvas.width = Math.round((size + LABELS) * ratio);
    this.canvas.height = Math.round(size * ratio);
    this.canvas.style.width = `${size + LABELS}px`;
    this.canvas.style.height = `${size}px`;
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    const style = getComputedStyle(document.documentElement);
    context.scale(ratio, ratio);
    context.fillStyle = style.getPropertyValue("--sunken");
    context.fillRect(LABELS, 0, size, size);
    const most = Math.max(...wait_s.map((row) => Math.max(...row)), 1e-12);
    context.fillStyle = style.getPropertyValue("--heat-full");
    wait_s.forEach((row, i) =>
      row.forEach((s, j) => {
        if (s <= 0) return;
        context.globalAlpha = 0.12 + 0.88 * Math.sqrt(s / most);
        context.fillRect(
          LABELS + j * this.cell,
          i * this.cell,
          this.cell - (this.cell > 6 ? 1 : 0),
          this.cell - (this.cell > 6 ? 1 : 0),
        );
      }),
    );
    context.globalAlpha = 1;
    context.fillStyle = style.getPropertyValue("--ink");
    context.font = `11px ${style.getPropertyValue("--sans")}`;
    context.textBaseline = "middle";
    const every = Math.max(1, Math.ceil(13 / this.cell));
    names.forEach((name, i) => {
      if (i % every === 0) context.fillText(name, 0, (i + 0.5) * this.cell, LABELS - 8);
    });
    if (this.row >= 0) {
      context.strokeStyle = style.getPropertyValue("--focus");
      context.lineWidth = 2;
      context.strokeRect(LABELS + this.column * this.cell, this.row * this.cell, this.cell, this.cell);
    }
  }

  /** @param {PointerEvent} event */
  hover(event) {
    const box = this.canvas.getBoundingClientRect();
    this.choose(
      Math.floor((event.clientY - box.top) / this.cell),
      Math.floor((event.clientX - box.left - LABELS) / this.cell),
    );
    if (this.row < 0) return;
    const { names, wait_s } = this.square;
    this.tooltip.show(
      {
        title: `${names[this.column]} waited for ${names[this.row]}`,
        state: "wait",
        facts: [["waited", seconds(wait_s[this.row][this.column])]],
      },
      [],
      event.clientX,
      event.clientY,
    );
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  choose(row, column) {
    const last = this.square.names.length - 1;
    const isWithin = row >= 0 && row <= last && column >= 0 && column <= last;
    if (!isWithin) this.tooltip.hide();
    if (row === this.row && column === this.column) return;
    this.row = isWithin ? row : -1;
    this.column = isWithin ? column : -1;
    this.draw();
  }

  follow() {
    const lane = this.square.lanes[this.row];
    if (lane !== null && lane !== undefined) this.guide.showLane?.(lane);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const last = this.square.names.length - 1;
    const moves = /** @type {Record<string, [number, number]>} */ ({
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    });
    const move = moves[event.key];
    if (event.key === "Enter") this.follow();
    if (!move) return;
    event.preventDefault();
    const clamp = (/** @type {number} */ at) => Math.min(last, Math.max(0, at));
    this.choose(clamp(this.row + move[0]), clamp(this.column + move[1]));
    const { names, wait_s } = this.square;
    this.words.textContent = `${names[this.column]} waited for ${names[this.row]}: ${seconds(wait_s[this.row][this.column])}`;
  }
}
