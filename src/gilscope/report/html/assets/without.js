// The same stretch as it was, and as it would have been without the GIL: on one scale, one above the other.

import { describeStretch } from "./describe.js";
import { make, makeButton, tableBehind, viewSection } from "./elements.js";
import { attachGestures } from "./gestures.js";
import { lastEnd, pairedLives, stateSums } from "./lives.js";
import { Palette, paintSwatch } from "./palette.js";
import { stateWords } from "./recording.js";
import { AXIS_HEIGHT, Scene } from "./scene.js";
import { duration, percent } from "./units.js";
import { Viewport } from "./viewport.js";

/** @typedef {import("./recording.js").Lane} LaneOfLives */
/** @typedef {import("./recording.js").Recording} RecordingOfLives */
/** @typedef {import("./tooltip.js").Tooltip} TooltipOfLives */
/** @typedef {import("./lives.js").Life} Life */

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
      make(
        "p",
        { class: "lead" },
        without.words,
        saved > 0.005 ? ` The pictures have one scale: ${percent(saved)} less.` : "",
      ),
      make(
        "div",
        { class: "toolbar", role: "group", "aria-label": "Zoom of both" },
        makeButton("−", () => this.viewport.zoom(2), { "aria-label": "Zoom out of both" }),
        makeButton("+", () => this.viewport.zoom(0.5), { "aria-label": "Zoom into both" }),
        makeButton("Show all", () => this.viewport.showAll(), { "aria-label": "Show all of both" }),
      ),
      ...this.scenes.map((each) => each.element),
      ...(lives.some((life) => life.lanes.length < life.all)
        ? [
            make(
              "p",
              { class: "hint" },
              `Not all lanes are shown: those that ran or wanted to for longest are, ${lives[0].lanes.length} of ${lives[0].all} above and ${lives[1].lanes.length} of ${lives[1].all} below.`,
            ),
          ]
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
    const end = make(
      "div",
      { class: "end", "aria-hidden": "true" },
      make("span", {}, `ends after ${duration(life.end_ns - start_ns)}`),
    );
    const plot = make(
      "div",
      {
        class: "plot",
        tabindex: 0,
        role: "application",
        "aria-label": `${life.title}: ${life.lanes.length} threads. The table below says the same.`,
      },
      canvas,
      end,
    );
    const height = life.lanes.length > 6 ? THIN : THICK;
    const gap = life.lanes.length > 6 ? 2 : 4;
    const names = life.lanes.map((lane) => {
      const name = make(
        "div",
        { class: "name", title: lane.picture.name },
        make("span", { class: "label" }, lane.picture.name),
      );
      name.style.height = `${height}px`;
      name.style.marginBottom = `${gap}px`;
      return name;
    });
    const strips = life.lanes.map((lane, i) => ({
      lanes: [lane],
      top: AXIS_HEIGHT + 4 + i * (height + gap),
      height,
      isStacked: false,
    }));
    const total = AXIS_HEIGHT + 4 + life.lanes.length * (height + gap);
    const scene = new Scene(canvas, this.recording, this.viewport);
    attachGestures(plot, this.viewport, {
      hover: (x, y) => this.hover(scene, plot, strips, x, y),
      leave: () => this.tooltip.hide(),
    });
    const element = make(
      "figure",
      { class: `life${life.isPredicted ? " predicted" : ""}` },
      make("figcaption", {}, make("strong", {}, life.title)),
      make(
        "div",
        { class: `pair${height === THIN ? " thin" : ""}` },
        make("div", { class: "names", "aria-hidden": "true" }, ...names),
        plot,
      ),
    );
    return { element, plot, scene, strips, total, end, end_ns: life.end_ns };
  }

  /** What colours mean in the lower picture, where they mean something else. */
  legend() {
    const recording = this.recording;
    const present = new Set();
    for (const lane of recording.withoutLanes) {
      for (const [state, ns] of stateSums(recording, lane)) if (ns > 0) present.add(state);
    }
    this.swatches = recording.states
      .filter((state) => present.has(state))
      .map(
        (state) =>
          /** @type {[string, HTMLCanvasElement]} */ ([
            state,
            make("canvas", { width: 28, height: 14, "aria-hidden": "true" }),
          ]),
      );
    this.paintLegend();
    const items = this.swatches.map(([state, canvas]) => make("li", {}, canvas, stateWords(state, true)));
    return make(
      "ul",
      { class: "legend", "aria-label": "What the colours mean without the GIL" },
      make("li", { class: "quiet" }, "without the GIL:"),
      ...items,
    );
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
    const found =
      strip &&
      describeStretch(this.recording, strip.lanes, strip.lanes[0].picture.name, at - half, at + half);
    const box = plot.getBoundingClientRect();
    if (found) this.tooltip.show(found, [], box.left + x, box.top + y);
    else this.tooltip.hide();
  }

  /** @param {Life[]} lives */
  table([recorded, predicted]) {
    const cells = (/** @type {LaneOfLives | undefined} */ lane) =>
      lane
        ? [
            duration(stateSums(this.recording, lane).get("wait") ?? 0),
            duration(lastEnd(this.recording, lane)),
          ]
        : ["", ""];
    const isOne = (/** @type {LaneOfLives} */ lane) => lane.picture.thread !== null;
    const other = (/** @type {LaneOfLives} */ lane) =>
      isOne(lane) ? predicted.lanes.find((each) => each.picture.pair === lane.index) : undefined;
    const rows = recorded.lanes.map((lane) => [
      lane.picture.name,
      ...cells(lane),
      ...cells(other(lane)).slice(1),
    ]);
    const alone = predicted.lanes.filter((lane) => !isOne(lane) || typeof lane.picture.pair !== "number");
    rows.push(...alone.map((lane) => [`${lane.picture.name}, as replayed`, "", "", ...cells(lane).slice(1)]));
    return tableBehind(
      "With and without, as a table",
      ["thread", "waits for the GIL", "ends at", "without the GIL: ends at"],
      rows,
    );
  }

  recolour() {
    this.palette = new Palette(this.recording.states);
    this.paintLegend();
    this.viewport.ask();
  }
}

/**
 * A sentence in which code stands between backticks.
 * @param {string} words
 * @returns {(string | HTMLElement)[]}
 */
function codeIn(words) {
  return words.split("`").map((each, i) => (i % 2 ? make("code", {}, each) : each));
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
    if (without.withheld) section.append(make("p", { class: "hint" }, ...codeIn(without.withheld)));
    return null;
  }
  return new WithoutView(section, recording, without, tooltip);
}
