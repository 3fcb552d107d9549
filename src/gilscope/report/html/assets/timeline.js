// The timeline: every thread in a lane, to zoom into.

import { make } from "./elements.js";
import { describeStretch } from "./describe.js";
import { attachGestures } from "./gestures.js";
import { Overlay } from "./overlay.js";
import { Palette } from "./palette.js";
import { AXIS_HEIGHT, Scene } from "./scene.js";
import { hasPicture, layOut, makeRows, reveal } from "./rows.js";
import { Names } from "./rownames.js";
import { Viewport } from "./viewport.js";

/** @typedef {import("./recording.js").Lane} LaneOfTimeline */
/** @typedef {import("./recording.js").Recording} RecordingOfTimeline */
/** @typedef {import("./rows.js").Row} RowOfTimeline */
/** @typedef {import("./tooltip.js").Tooltip} TooltipOfTimeline */

const HIGHEST = 0.72; // of the window
const LEAST_HEIGHT = 150;

/** The lanes, their names and whatever moves them. What surrounds them is told of changes by `onSelect` and `viewport`. */
export class Timeline {
  /**
   * @param {RecordingOfTimeline} recording
   * @param {TooltipOfTimeline} tooltip
   */
  constructor(recording, tooltip) {
    this.recording = recording;
    this.tooltip = tooltip;
    this.rows = makeRows(recording);
    this.viewport = new Viewport(0, recording.end_ns);
    this.palette = new Palette(recording.states);
    /** @type {import("./overlay.js").Emphasis} */
    this.emphasis = { selected: -1, row: null, moments: [], hoverX: -1 };
    /** @type {((segment: number, row: RowOfTimeline | null) => void)[]} */
    this.selectListeners = [];
    const base = make("canvas", { class: "lanes", "aria-hidden": "true" });
    const over = make("canvas", { class: "over", "aria-hidden": "true" });
    this.plot = make(
      "div",
      {
        class: "plot",
        tabindex: 0,
        role: "application",
        "aria-label": "Timeline of all threads",
        "aria-describedby": "timeline-keys",
      },
      base,
      over,
    );
    this.names = new Names(this);
    this.inner = make("div", { class: "rows" }, this.names.element, this.plot);
    this.element = make("div", { class: "timeline" }, this.inner);
    this.scene = new Scene(base, recording, this.viewport);
    this.overlay = new Overlay(this.scene, over);
    this.attach();
  }

  attach() {
    attachGestures(this.plot, this.viewport, {
      hover: (x, y) => this.hover(x, y),
      leave: () => this.leave(),
      click: (x, y) => this.click(x, y),
      drag: (dy) => this.element.scrollBy(0, -dy),
      key: (key) => this.key(key),
    });
    this.viewport.onChange(() => this.draw());
    this.element.addEventListener("scroll", () => this.viewport.ask());
    new ResizeObserver(() => this.viewport.ask()).observe(this.element);
  }

  /** Draw all of it: in a frame that was asked for. */
  draw() {
    const height = layOut(this.rows);
    const room = Math.max(LEAST_HEIGHT, Math.round(window.innerHeight * HIGHEST));
    const shown = Math.min(height + AXIS_HEIGHT, room);
    this.inner.style.height = `${height + AXIS_HEIGHT}px`;
    this.element.style.height = `${shown}px`;
    this.scene.resize(this.inner.clientWidth - this.names.element.offsetWidth, shown);
    this.plot.style.height = `${shown}px`;
    const scroll = this.element.scrollTop;
    const strips = this.visible()
      .filter(hasPicture)
      .map((row) => ({
        lanes: row.lanes,
        top: row.top - scroll + AXIS_HEIGHT,
        height: row.height,
        isStacked: row.lanes.length > 1,
      }));
    this.scene.draw(strips, this.palette);
    this.drawOver();
    this.names.update();
  }

  drawOver() {
    this.overlay.draw(
      this.rows.filter((row) => row.isShown),
      this.element.scrollTop,
      this.palette,
      this.emphasis,
    );
  }

  /** Rows that are on the screen. */
  visible() {
    const top = this.element.scrollTop;
    const bottom = top + this.element.clientHeight;
    return this.rows.filter((row) => row.isShown && row.top < bottom && row.top + row.height > top);
  }

  /** Read the colours anew: another theme. */
  recolour() {
    this.palette = new Palette(this.recording.states);
    this.viewport.ask();
  }

  /**
   * @param {number} y in the plot
   * @returns {RowOfTimeline | undefined}
   */
  rowAt(y) {
    const at = y - AXIS_HEIGHT + this.element.scrollTop;
    return this.rows.find((row) => row.isShown && row.top - 2 <= at && at < row.top + row.height + 2);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  hover(x, y) {
    this.emphasis.hoverX = x;
    const row = this.rowAt(y);
    const step = this.viewport.length / Math.max(1, this.scene.width);
    const at = this.scene.time(x);
    const found =
      row && hasPicture(row)
        ? describeStretch(this.recording, row.lanes, row.label, at - step / 2, at + step / 2)
        : null;
    const box = this.plot.getBoundingClientRect();
    if (found) this.tooltip.show(found, this.marksAt(row, at, step), box.left + x, box.top + y);
    else this.tooltip.hide();
    this.drawOver();
  }

  /**
   * What marks say about a moment of a row.
   * @param {RowOfTimeline | undefined} row
   * @param {number} at_ns
   * @param {number} step_ns
   * @returns {string[]}
   */
  marksAt(row, at_ns, step_ns) {
    return this.recording.marks
      .filter((mark) => mark.kind !== "window")
      .filter((mark) => mark.lane === null || row?.lanes.some((lane) => lane.index === mark.lane))
      .filter((mark) => mark.from_s * 1e9 <= at_ns + 2 * step_ns && mark.to_s * 1e9 >= at_ns - 2 * step_ns)
      .slice(0, 3)
      .map((mark) => mark.text);
  }

  leave() {
    this.emphasis.hoverX = -1;
    this.tooltip.hide();
    this.drawOver();
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  click(x, y) {
    this.plot.focus({ preventScroll: true });
    const row = this.rowAt(y);
    if (!row) return;
    const lane = row.lanes.length === 1 ? row.lanes[0] : null;
    const near = this.viewport.length / Math.max(1, this.scene.width);
    const at = this.scene.time(x);
    const segment = lane ? lane.longestBetween(at - near, at + near) : -1;
    this.select(segment, row);
  }

  /**
   * @param {number} segment -1: none
   * @param {RowOfTimeline | null} row
   */
  select(segment, row) {
    this.emphasis.selected = segment;
    this.emphasis.row = row;
    for (const each of this.selectListeners) each(segment, row);
    this.drawOver();
    this.names.update();
  }

  /**
   * @param {string} key
   * @returns {boolean}
   */
  key(key) {
    const row = this.emphasis.row;
    switch (key) {
      case "ArrowDown":
      case "ArrowUp":
        this.step(key === "ArrowDown" ? 1 : -1);
        return true;
      case "n":
      case "p":
        this.next(key === "n" ? 1 : -1);
        return true;
      case "Enter":
        if (row && row.lanes.length > 1) this.fold(row);
        else if (this.emphasis.selected >= 0) this.focusOn(this.emphasis.selected);
        return true;
      case "Escape":
        this.emphasis.moments = [];
        this.select(-1, null);
        return true;
    }
    return false;
  }

  /** @param {number} by rows */
  step(by) {
    const shown = this.rows.filter((row) => row.isShown);
    const before = this.emphasis.row ? shown.indexOf(this.emphasis.row) : by > 0 ? -1 : shown.length;
    const row = shown[Math.min(shown.length - 1, Math.max(0, before + by))];
    this.scrollTo(row);
    this.select(-1, row);
  }

  /** @param {number} by segments, in the row that is selected */
  next(by) {
    const lane = this.emphasis.row?.lanes.length === 1 ? this.emphasis.row.lanes[0] : null;
    if (!lane || !this.emphasis.row) return;
    const { begin, end } = this.recording;
    const { selected } = this.emphasis;
    const to = selected < 0 ? lane.after(this.viewport.from) : selected + by;
    if (to < lane.first || to >= lane.last) return;
    if (end[to] < this.viewport.from || begin[to] > this.viewport.to) {
      const middle = (begin[to] + end[to]) / 2;
      this.viewport.show(middle - this.viewport.length / 2, middle + this.viewport.length / 2);
    }
    this.select(to, this.emphasis.row);
  }

  /** @param {RowOfTimeline} row */
  fold(row) {
    row.isOpen = !row.isOpen;
    layOut(this.rows);
    this.select(-1, row);
    this.viewport.ask();
  }

  /** @param {RowOfTimeline} row */
  scrollTo(row) {
    const { scrollTop, clientHeight } = this.element;
    const room = clientHeight - AXIS_HEIGHT;
    if (row.top < scrollTop || row.top + row.height > scrollTop + room) {
      this.element.scrollTop = Math.max(0, row.top - room / 3);
    }
  }

  /**
   * Select a segment, and show it with what is around it.
   * @param {number} segment
   */
  focusOn(segment) {
    const row = this.showLane(this.recording.laneOf(segment));
    this.viewport.focus(this.recording.begin[segment], this.recording.end[segment], 1.5);
    this.select(segment, row);
  }

  /**
   * @param {LaneOfTimeline} lane
   * @returns {RowOfTimeline | null}
   */
  showLane(lane) {
    const row = reveal(this.rows, lane) ?? null;
    layOut(this.rows);
    this.draw();
    if (row) this.scrollTo(row);
    this.select(-1, row);
    return row;
  }
}
