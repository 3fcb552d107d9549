// What lies over the lanes: marks, the window, arrows of wake-ups, the selection.

import { AXIS_HEIGHT } from "./scene.js";
import { NONE } from "./columns.js";
import { MARK_LETTERS } from "./legend.js";

/** @typedef {import("./palette.js").Palette} PaletteOfOverlay */
/** @typedef {import("./rows.js").Row} RowOfOverlay */
/** @typedef {import("./scene.js").Scene} SceneOfOverlay */

/** With more than this in sight, arrows would hide what they are about. */
const MOST_ARROWS = 120;

/**
 * What is drawn over the lanes, besides what the recording says.
 * @typedef {object} Emphasis
 * @property {number} selected segment, or -1
 * @property {RowOfOverlay | null} row where the keyboard is
 * @property {number[]} moments segments that were asked for
 * @property {number} hoverX -1: the pointer is elsewhere
 */

/** Draws over a scene, on a canvas of its own. */
export class Overlay {
  /**
   * @param {SceneOfOverlay} scene
   * @param {HTMLCanvasElement} canvas
   */
  constructor(scene, canvas) {
    this.scene = scene;
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.arrows = 0;
    this.hiddenArrows = 0;
  }

  /**
   * @param {RowOfOverlay[]} rows that are shown
   * @param {number} scroll
   * @param {PaletteOfOverlay} palette
   * @param {Emphasis} emphasis
   */
  draw(rows, scroll, palette, emphasis) {
    const { context, scene, canvas } = this;
    canvas.width = scene.canvas.width;
    canvas.height = scene.canvas.height;
    canvas.style.width = scene.canvas.style.width;
    canvas.style.height = scene.canvas.style.height;
    context.save();
    context.scale(scene.ratio, scene.ratio);
    this.windows(palette);
    this.exactStretches(palette);
    context.save();
    context.beginPath();
    context.rect(0, AXIS_HEIGHT, scene.width, scene.height);
    context.clip();
    const tops = this.tops(rows, scroll);
    this.marks(tops, palette);
    this.moments(tops, palette, emphasis.moments);
    this.drawArrows(tops, palette);
    this.selection(rows, scroll, tops, palette, emphasis);
    context.restore();
    if (emphasis.hoverX >= 0) this.line(emphasis.hoverX, palette.colour("muted"));
    context.restore();
  }

  /**
   * Where the rows of lanes are: the top and height by lane; of folded ones, those of what shows them.
   * @param {RowOfOverlay[]} rows
   * @param {number} scroll
   * @returns {Map<number, [top: number, height: number]>}
   */
  tops(rows, scroll) {
    const tops = new Map();
    for (const row of rows) {
      if (row.isOpen && row.lanes.length > 1) continue;
      for (const lane of row.lanes) {
        tops.set(lane.index, [row.top - scroll + AXIS_HEIGHT, row.height]);
      }
    }
    return tops;
  }

  /** @param {PaletteOfOverlay} palette */
  windows(palette) {
    const { context, scene } = this;
    const windows = scene.recording.marks
      .filter((mark) => mark.kind === "window")
      .sort((a, b) => a.from_s - b.from_s);
    if (windows.length === 0) return;
    let before = 0;
    for (const mark of windows) {
      const left = scene.x(mark.from_s * 1e9);
      const right = scene.x(mark.to_s * 1e9);
      this.fade(before, left, palette);
      before = Math.max(before, right);
      context.fillStyle = palette.colour("window");
      context.fillRect(left, AXIS_HEIGHT - 4, Math.max(2, right - left), 4);
      for (const x of [left, right]) context.fillRect(Math.round(x), AXIS_HEIGHT, 1, scene.height);
    }
    this.fade(before, scene.width, palette);
  }

  /**
   * A bar on top where all is as recorded.
   * @param {PaletteOfOverlay} palette
   */
  exactStretches(palette) {
    const { context, scene } = this;
    context.fillStyle = palette.colour("focus");
    for (const each of scene.recording.exact) {
      const left = scene.x(each.from_s * 1e9);
      const right = scene.x(each.to_s * 1e9);
      if (right < 0 || left > scene.width) continue;
      context.fillRect(left, 0, Math.max(3, right - left), 3);
    }
  }

  /**
   * What lies outside of the windows steps back.
   * @param {number} left
   * @param {number} right
   * @param {PaletteOfOverlay} palette
   */
  fade(left, right, palette) {
    if (right <= left) return;
    this.context.fillStyle = palette.colour("panel");
    this.context.globalAlpha = 0.55;
    this.context.fillRect(left, AXIS_HEIGHT, right - left, this.scene.height);
    this.context.globalAlpha = 1;
  }

  /**
   * @param {Map<number, [top: number, height: number]>} tops
   * @param {PaletteOfOverlay} palette
   */
  marks(tops, palette) {
    const { context, scene } = this;
    context.font = `700 9px ${palette.colour("sans")}`;
    context.textBaseline = "top";
    /** @type {[top: number, height: number]} Where what is about all threads is drawn. */
    const everywhere = [AXIS_HEIGHT, scene.height - AXIS_HEIGHT];
    for (const mark of scene.recording.marks) {
      if (mark.kind === "window") continue;
      const at = mark.lane === null ? everywhere : tops.get(mark.lane);
      if (!at) continue;
      const left = scene.x(mark.from_s * 1e9);
      const width = Math.max(2, scene.x(mark.to_s * 1e9) - left);
      if (left + width < 0 || left > scene.width) continue;
      context.fillStyle = palette.colour("mark");
      context.fillRect(left, at[0] + at[1] - 3, width, 3);
      context.fillRect(left, at[0], 1.5, at[1]);
      if (width > 14) {
        context.fillRect(left, at[0], 11, 11);
        context.fillStyle = palette.colour("on-mark");
        context.fillText(MARK_LETTERS[mark.kind], left + 2.5, at[0] + 2);
      }
    }
  }

  /**
   * @param {Map<number, [top: number, height: number]>} tops
   * @param {PaletteOfOverlay} palette
   * @param {number[]} moments
   */
  moments(tops, palette, moments) {
    const { context, scene } = this;
    context.strokeStyle = palette.colour("accent");
    context.fillStyle = palette.colour("accent");
    context.lineWidth = 2;
    for (const segment of moments) {
      const { begin, end } = scene.recording;
      if (end[segment] < scene.viewport.from || begin[segment] > scene.viewport.to) continue;
      const left = scene.x(begin[segment]);
      const width = Math.max(2, scene.x(end[segment]) - left);
      const at = tops.get(scene.recording.laneOf(segment).index);
      if (!at) continue;
      if (width > 5) context.strokeRect(left + 1, at[0], width - 2, at[1]);
      else context.fillRect(left, at[0] - 3, width, 3);
    }
  }

  /**
   * @param {Map<number, [top: number, height: number]>} tops
   * @param {PaletteOfOverlay} palette
   */
  drawArrows(tops, palette) {
    const { scene, context } = this;
    const { edges } = scene.recording;
    const first = lowerBound(edges.at, scene.viewport.from);
    const last = lowerBound(edges.at, scene.viewport.to);
    this.hiddenArrows = last - first > MOST_ARROWS ? last - first : 0;
    this.arrows = this.hiddenArrows ? 0 : last - first;
    if (this.hiddenArrows) return;
    context.strokeStyle = context.fillStyle = palette.colour("ink");
    context.lineWidth = 1.2;
    for (let i = first; i < last; i++) {
      const from = tops.get(edges.from[i]);
      const to = tops.get(edges.to[i]);
      if (edges.from[i] === NONE || !from || !to || from[0] === to[0]) continue;
      this.arrow(scene.x(edges.at[i]), from, to);
    }
  }

  /**
   * @param {number} x
   * @param {[top: number, height: number]} from
   * @param {[top: number, height: number]} to
   */
  arrow(x, from, to) {
    const { context } = this;
    const start = from[0] + from[1] / 2;
    const isDown = to[0] > from[0];
    const end = isDown ? to[0] + 1 : to[0] + to[1] - 1;
    context.beginPath();
    context.arc(x, start, 2.4, 0, 7);
    context.fill();
    context.beginPath();
    context.moveTo(x, start);
    context.lineTo(x, end);
    context.stroke();
    context.beginPath();
    context.moveTo(x, end);
    context.lineTo(x - 3.5, end + (isDown ? -7 : 7));
    context.lineTo(x + 3.5, end + (isDown ? -7 : 7));
    context.fill();
  }

  /**
   * @param {RowOfOverlay[]} rows
   * @param {number} scroll
   * @param {Map<number, [top: number, height: number]>} tops
   * @param {PaletteOfOverlay} palette
   * @param {Emphasis} emphasis
   */
  selection(rows, scroll, tops, palette, emphasis) {
    const { context, scene } = this;
    if (emphasis.row && rows.includes(emphasis.row)) {
      context.strokeStyle = palette.colour("focus");
      context.lineWidth = 1.5;
      const top = emphasis.row.top - scroll + AXIS_HEIGHT;
      context.strokeRect(0.75, top - 1.5, scene.width - 1.5, emphasis.row.height + 3);
    }
    if (emphasis.selected < 0) return;
    const at = tops.get(scene.recording.laneOf(emphasis.selected).index);
    if (!at) return;
    const left = scene.x(scene.recording.begin[emphasis.selected]);
    const width = Math.max(3, scene.x(scene.recording.end[emphasis.selected]) - left);
    context.strokeStyle = palette.colour("ink");
    context.lineWidth = 2;
    context.strokeRect(left, at[0] - 1, width, at[1] + 2);
    context.strokeStyle = palette.colour("panel");
    context.lineWidth = 1;
    context.strokeRect(left + 1.5, at[0] + 0.5, Math.max(0, width - 3), at[1] - 1);
  }

  /**
   * @param {number} x
   * @param {string} colour
   */
  line(x, colour) {
    this.context.fillStyle = colour;
    this.context.fillRect(Math.round(x), AXIS_HEIGHT, 1, this.scene.height);
  }
}

/**
 * The first index at which sorted values are not below one.
 * @param {Float64Array} values
 * @param {number} value
 * @returns {number}
 */
function lowerBound(values, value) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
