// A canvas with lanes on a scale of time: what the timeline and the picture of with and without have in common.

import { Painter } from "./painter.js";
import { columnsOf } from "./sums.js";
import { moment, ticks } from "./units.js";

/** @typedef {import("./palette.js").Palette} PaletteOfScene */
/** @typedef {import("./recording.js").Lane} LaneOfScene */
/** @typedef {import("./recording.js").Recording} RecordingOfScene */
/** @typedef {import("./viewport.js").Viewport} ViewportOfScene */
/** @typedef {{lanes: LaneOfScene[], top: number, height: number, isStacked: boolean}} Strip */

export const AXIS_HEIGHT = 26;
/** With more segments than this in sight, none has room for a name. */
const MOST_LABELLED = 300;
const LETTER_WIDTH = 6.7;
const LEAST_LETTERS = 8;

/** Sizes without "device" in their names are in CSS pixels. */
export class Scene {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {RecordingOfScene} recording
   * @param {ViewportOfScene} viewport
   */
  constructor(canvas, recording, viewport) {
    this.canvas = canvas;
    this.recording = recording;
    this.viewport = viewport;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.ratio = 1;
    this.width = 0;
    this.height = 0;
    this.isAggregated = false;
    /** @type {Painter | null} */
    this.painter = null;
    /** Whether something in the picture stands for several spans that the page does not have. */
    this.isMixed = false;
  }

  /**
   * Make the canvas as large as it is shown.
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    this.ratio = Math.min(2, window.devicePixelRatio || 1);
    this.width = width;
    this.height = height;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    const wide = Math.max(1, Math.round(width * this.ratio));
    const high = Math.max(1, Math.round(height * this.ratio));
    if (this.canvas.width !== wide) this.canvas.width = wide;
    if (this.canvas.height !== high) this.canvas.height = high;
  }

  /**
   * @param {Strip[]} strips
   * @param {PaletteOfScene} palette
   */
  draw(strips, palette) {
    if (this.painter?.palette !== palette || !this.painter.fits())
      this.painter = new Painter(this.context, palette);
    const { painter } = this;
    painter.clear();
    this.isAggregated = false;
    this.isMixed = false;
    for (const strip of strips) this.paint(painter, strip);
    painter.finish();
    this.context.save();
    this.context.scale(this.ratio, this.ratio);
    for (const strip of strips) if (!strip.isStacked) this.label(strip, palette);
    this.axis(palette);
    this.context.restore();
  }

  /**
   * @param {Painter} painter
   * @param {Strip} strip
   */
  paint(painter, strip) {
    const top = Math.round(strip.top * this.ratio);
    const height = Math.round(strip.height * this.ratio);
    const columns = columnsOf(strip.lanes, this.viewport.from, this.viewport.to, painter.width);
    painter.lane(columns, top, height, 0, strip.isStacked);
    painter.dots(columns, top - Math.round(this.ratio), 0, Math.round(this.ratio));
    this.isAggregated ||= columns.segments.some((each) => each > 2);
    this.isMixed ||= columns.isMixed.includes(1);
  }

  /**
   * Write functions into segments that are wide enough.
   * @param {Strip} strip
   * @param {PaletteOfScene} palette
   */
  label(strip, palette) {
    const { recording, viewport, context } = this;
    const lane = strip.lanes[0];
    const first = lane.after(viewport.from);
    if (first + MOST_LABELLED < lane.last && recording.begin[first + MOST_LABELLED] < viewport.to) return;
    context.font = `11px ${palette.colour("mono")}`;
    context.textBaseline = "middle";
    for (let i = first; i < lane.last && recording.begin[i] < viewport.to; i++) {
      const state = recording.stateOf(i);
      if (state !== "hold" || strip.height < 14) continue;
      const left = Math.max(0, this.x(recording.begin[i]));
      const width = Math.min(this.width, this.x(recording.end[i])) - left;
      const text = this.labelOf(lane, i);
      if (!text || width < 8 + LETTER_WIDTH * Math.min(text.length, LEAST_LETTERS)) continue;
      context.fillStyle = palette.colour("on-hold");
      context.fillText(
        shorten(text, Math.floor((width - 8) / LETTER_WIDTH)),
        left + 4,
        strip.top + strip.height / 2 + 0.5,
      );
    }
  }

  /**
   * @param {LaneOfScene} lane
   * @param {number} segment
   * @returns {string}
   */
  labelOf(lane, segment) {
    const { recording } = this;
    if (lane.picture.kind === "gil") {
      return recording.lanes[recording.culprit[segment]]?.picture.name ?? "";
    }
    return recording.places.has(recording.place[segment])
      ? recording.places.function(recording.place[segment])
      : "";
  }

  /** @param {PaletteOfScene} palette */
  axis(palette) {
    const { context, viewport } = this;
    context.fillStyle = palette.colour("panel");
    context.fillRect(0, 0, this.width, AXIS_HEIGHT);
    const { step, values } = ticks(viewport.from, viewport.to, Math.max(2, this.width / 110));
    context.font = `11px ${palette.colour("sans")}`;
    context.textBaseline = "middle";
    context.strokeStyle = palette.colour("line");
    context.fillStyle = palette.colour("muted");
    context.lineWidth = 1;
    context.beginPath();
    for (const at of values) {
      const x = Math.round(this.x(at)) + 0.5;
      context.moveTo(x, AXIS_HEIGHT - 6);
      context.lineTo(x, AXIS_HEIGHT);
      const text = moment(at, step);
      if (x + 4 + context.measureText(text).width < this.width)
        context.fillText(text, x + 4, AXIS_HEIGHT / 2);
    }
    context.moveTo(0, AXIS_HEIGHT - 0.5);
    context.lineTo(this.width, AXIS_HEIGHT - 0.5);
    context.stroke();
  }

  /**
   * @param {number} at_ns
   * @returns {number}
   */
  x(at_ns) {
    return ((at_ns - this.viewport.from) / this.viewport.length) * this.width;
  }

  /**
   * @param {number} x
   * @returns {number} ns
   */
  time(x) {
    return this.viewport.from + (x / Math.max(1, this.width)) * this.viewport.length;
  }
}

/**
 * @param {string} text
 * @param {number} letters
 * @returns {string}
 */
export function shorten(text, letters) {
  return text.length <= letters ? text : `${text.slice(0, Math.max(1, letters - 1))}…`;
}
