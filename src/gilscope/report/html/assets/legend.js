// What the colours and letters of the timeline mean: only those that it has.

import { make } from "./elements.js";
import { paintSwatch } from "./palette.js";
import { stateWords } from "./recording.js";

/** @typedef {import("./palette.js").Palette} PaletteOfLegend */
/** @typedef {import("./recording.js").Recording} RecordingOfLegend */

/** @type {Record<PictureMark["kind"], string>} */
export const MARK_WORDS = {
  stall: "Stall",
  gc: "Garbage collection",
  loop: "Blocked event loop",
  stop: "Stop of all threads",
  window: "Window",
};

/** A list; its swatches are painted anew when the colours change. */
export class Legend {
  /** @param {RecordingOfLegend} recording */
  constructor(recording) {
    const { states, isMixed } = presentStates(recording);
    this.states = states;
    /** @type {[string, HTMLCanvasElement][]} */
    this.swatches = states.map((state) => [
      state,
      make("canvas", { width: 28, height: 14, "aria-hidden": "true" }),
    ]);
    const items = this.swatches.map(([state, canvas]) => make("li", {}, canvas, stateWords(state)));
    if (isMixed) items.push(legendItem("dotted", "", "dotted: shares only, not when in it"));
    if (recording.edges.at.length > 0) items.push(legendItem("arrow", "↓", "woke (when zoomed in)"));
    for (const kind of new Set(recording.marks.map((mark) => mark.kind))) {
      if (kind !== "window")
        items.push(legendItem("mark", MARK_LETTERS[kind], MARK_WORDS[kind].toLowerCase()));
    }
    this.element = make("ul", { class: "legend", "aria-label": "What the colours mean" }, ...items);
  }

  /** @param {PaletteOfLegend} palette */
  paint(palette) {
    for (const [state, canvas] of this.swatches) paintSwatch(palette, state, canvas);
  }
}

/** @type {Record<PictureMark["kind"], string>} */
export const MARK_LETTERS = { stall: "S", gc: "G", loop: "L", stop: "P", window: "" };

/**
 * @param {string} kind
 * @param {string} sign
 * @param {string} words
 * @returns {HTMLLIElement}
 */
function legendItem(kind, sign, words) {
  return make("li", {}, make("span", { class: kind, "aria-hidden": "true" }, sign), words);
}

/**
 * The states of recorded lanes: those without the GIL are another picture.
 * @param {RecordingOfLegend} recording
 * @returns {{states: string[], isMixed: boolean}}
 */
function presentStates(recording) {
  const last = recording.lanes.reduce((most, lane) => Math.max(most, lane.last), 0);
  const present = new Set(recording.state.subarray(0, last));
  const isMixed = present.has(recording.mixed);
  const mixes = last < recording.rank.length ? recording.rank[last] : Infinity;
  const states = recording.states.filter(
    (state, i) =>
      present.has(recording.picture.states.indexOf(state)) ||
      (isMixed && recording.mix[i].some((share, row) => row < mixes && share > 0)),
  );
  return { states, isMixed };
}
