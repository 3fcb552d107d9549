// The same stretch as it was, and as it would have been without the GIL: on one scale, one above the other.

import { describeStretch } from "./describe.js";
import { make, makeButton, tableBehind, viewSection } from "./elements.js";
import { attachGestures } from "./gestures.js";
import { Palette, paintSwatch } from "./palette.js";
import { stateWords } from "./recording.js";
import { AXIS_HEIGHT, Scene } from "./scene.js";
import { duration, percent } from "./units.js";
import { Viewport } from "./viewport.js";

/** @typedef {import("./recording.js").Lane} LaneOfLives */
/** @typedef {import("./recording.js").Recording} RecordingOfLives */
/** @typedef {import("./tooltip.js").Tooltip} TooltipOfLives */
/** @typedef {{title: string, end_ns: number, lanes: LaneOfLives[], isPredicted: boolean}} Life */

const MOST_LANES = 16;
const THICK = 20;
const THIN = 14;

/** Two sets of lanes, each with its own canvas, that zoom together. */
export class WithoutView {
  /**
   * @param {HTMLElement} section
   * @param {RecordingOfLives} recording
   * @param {PictureWithout} without
   * @param {TooltipOfLives} tooltip
   */
  constructor(section, recording, without, tooltip) {
    this.recording = recording;
    this.tooltip = tooltip;
    this.palette = new Palette(recording.states);
    const lives = pairedLives(recording, without);
    const start = without.from_s * 1e9;
    this.viewport = new Viewport(start, start + Math.max(...lives.map((life) => life.end_ns - start)) * 1.01);
    this.scenes = lives.map((life) => this.figure(life, start));
    const saved = 1 - (without.without_to_s - without.from_s) / (without.to_s - without.from_s);
    section.append(
      make("p", { class: "lead" }, without.words,
        saved > 0.005 ? ` The pictures have one scale: ${percent(saved)} less.` : ""),
      make("div", { class: "toolbar", role: "group", "aria-label": "Zoom of both" },
        makeButton("−", () => this.viewport.zoom(2), { "aria-label": "Zoom out of both" }),
        makeButton("+", () => this.viewport.zoom(0.5), { "aria-label": "Zoom into both" }),
        makeButton("Show all", () => this.viewport.showAll(), { "aria-label": "Show all of both" })),
      ...this.scenes.map((each) => each.element),
      ...(lives[0].lanes.length < recording.withoutLanes.length
        ? [make("p", { class: "hint" }, `The ${lives[0].lanes.length} threads that held or wanted the GIL for longest, of ${recording.withoutLanes.length}.`)]
        : []),
      this.legend(),
      this.table(lives),
    );
    this.viewport.onChange(() => this.draw());
    new ResizeObserver(() => this.viewport.ask()).observe(section);
  }

  /**
   * @param {Life} life
   * @param {number} start_ns
   */
  figure(life, start_ns) {
    const canvas = make("canvas", { "aria-hidden": "true" });
    const end = make("div", { class: "end", "aria-hidden": "true" }, make("span", {}, `ends after ${duration(life.end_ns - start_ns)}`));
    const plot = make("div", {
      class: "plot",
      tabindex: 0,
      role: "application",
      "aria-label": `${life.title}: ${life.lanes.length} threads. The table below says the same.`,
    }, canvas, end);
    const height = life.lanes.length > 6 ? THIN : THICK;
    const gap = life.lanes.length > 6 ? 2 : 4;
    const names = life.lanes.map((lane) => {
      const name = make("div", { class: "name", title: lane.picture.name }, make("span", { class: "label" }, lane.picture.name));
      name.style.height = `${height}px`;
      name.style.marginBottom = `${gap}px`;
      return name;
    });
    const strips = life.lanes.map((lane, i) => ({ lanes: [lane], top: AXIS_HEIGHT + 4 + i * (height + gap), height, isStacked: false }));
    const total = AXIS_HEIGHT + 4 + life.lanes.length * (height + gap);
    const scene = new Scene(canvas, this.recording, this.viewport);
    attachGestures(plot, this.viewport, {
      hover: (x, y) => this.hover(scene, plot, strips, x, y),
      leave: () => this.tooltip.hide(),
    });
    const element = make("figure", { class: `life${life.isPredicted ? " predicted" : ""}` },
      make("figcaption", {}, make("strong", {}, life.title)),
      make("div", { class: `pair${height === THIN ? " thin" : ""}` }, make("div", { class: "names", "aria-hidden": "true" }, ...names), plot));
    return { element, plot, scene, strips, total, end, end_ns: life.end_ns };
  }

  /** What colours mean in the lower picture, where they mean something else. */
  legend() {
    const recording = this.recording;
    const present = new Set();
    for (const lane of recording.withoutLanes) {
      for (const [state, ns] of stateSums(recording, lane)) if (ns > 0) present.add(state);
    }
    this.swatches = recording.states.filter((state) => present.has(state)).map((state) =>
      /** @type {[string, HTMLCanvasElement]} */ ([state, make("canvas", { width: 28, height: 14, "aria-hidden": "true" })]));
    this.paintLegend();
    const items = this.swatches.map(([state, canvas]) => make("li", {}, canvas, stateWords(state, true)));
    return make("ul", { class: "legend", "aria-label": "What the colours mean without the GIL" }, make("li", { class: "quiet" }, "without the GIL:"), ...items);
  }

  paintLegend() {
    for (const [state, canvas] of this.swatches ?? []) paintSwatch(this.palette, state, canvas);
  }

  draw() {
    for (const { plot, scene, strips, total, end, end_ns } of this.scenes) {
      scene.resize(plot.clientWidth, total);
      plot.style.height = `${total}px`;
      scene.draw(strips, this.palette);
      const x = scene.x(end_ns);
      end.hidden = x < 0 || x > scene.width + 1;
      end.style.left = `${Math.min(scene.width - 2, x)}px`;
      end.classList.toggle("left", x > scene.width - 130);
    }
  }

  /**
   * @param {Scene} scene
   * @param {HTMLElement} plot
   * @param {import("./scene.js").Strip[]} strips
   * @param {number} x
   * @param {number} y
   */
  hover(scene, plot, strips, x, y) {
    const strip = strips.find((each) => each.top <= y && y < each.top + each.height);
    const half = this.viewport.length / Math.max(1, scene.width) / 2;
    const at = scene.time(x);
    const found = strip && describeStretch(this.recording, strip.lanes, strip.lanes[0].picture.name, at - half, at + half);
    const box = plot.getBoundingClientRect();
    if (found) this.tooltip.show(found, [], box.left + x, box.top + y);
    else this.tooltip.hide();
  }

  /** @param {Life[]} lives */
  table(lives) {
    const sums = lives.map((life) => life.lanes.map((lane) => stateSums(this.recording, lane)));
    const rows = lives[0].lanes.map((lane, i) => [
      lane.picture.name,
      ...sums.flatMap((of, life) => [
        duration(of[i].get("wait") ?? 0),
        duration(lastEnd(this.recording, lives[life].lanes[i])),
      ]),
    ]);
    return tableBehind("With and without, as a table", [
      "thread", "waits for the GIL", "ends at", "without: waits", "without: ends at",
    ], rows);
  }

  recolour() {
    this.palette = new Palette(this.recording.states);
    this.paintLegend();
    this.viewport.ask();
  }
}

/**
 * @param {RecordingOfLives} recording
 * @param {PictureWithout} without
 * @returns {Life[]}
 */
function pairedLives(recording, without) {
  const busy = (/** @type {LaneOfLives} */ lane) => {
    const sums = stateSums(recording, recording.lanes[lane.picture.pair ?? 0]);
    return (sums.get("hold") ?? 0) + (sums.get("wait") ?? 0);
  };
  const chosen = [...recording.withoutLanes].sort((a, b) => busy(b) - busy(a)).slice(0, MOST_LANES);
  const lanes = recording.withoutLanes.filter((lane) => chosen.includes(lane));
  const recorded = lanes.map((lane) => recording.lanes[lane.picture.pair ?? 0]);
  const cores = without.cores === null ? "a core for each thread" : `${without.cores} cores`;
  return [
    { title: "With the GIL, as recorded", end_ns: without.to_s * 1e9, lanes: recorded, isPredicted: false },
    { title: `Without the GIL, as replayed on ${cores}`, end_ns: without.without_to_s * 1e9, lanes, isPredicted: true },
  ];
}

/**
 * @param {RecordingOfLives} recording
 * @param {LaneOfLives} lane
 * @returns {Map<string, number>} ns by state
 */
function stateSums(recording, lane) {
  const sums = new Float64Array(recording.states.length);
  for (let i = lane.first; i < lane.last; i++) {
    lane.sums.addSegment(sums, 0, i, recording.end[i] - recording.begin[i]);
  }
  return new Map(recording.states.map((state, i) => [state, sums[i]]));
}

/**
 * @param {RecordingOfLives} recording
 * @param {LaneOfLives} lane
 * @returns {number} ns
 */
function lastEnd(recording, lane) {
  return lane.last > lane.first ? recording.end[lane.last - 1] : 0;
}

/**
 * @param {RecordingOfLives} recording
 * @param {TooltipOfLives} tooltip
 * @returns {WithoutView | null}
 */
export function showWithout(recording, tooltip) {
  const { without } = recording.picture;
  const section = without ? viewSection("without") : null;
  if (!section || !without) return null;
  if (without.withheld || recording.withoutLanes.length === 0) {
    if (without.withheld) section.append(make("p", { class: "hint" }, without.withheld));
    return null;
  }
  return new WithoutView(section, recording, without, tooltip);
}
