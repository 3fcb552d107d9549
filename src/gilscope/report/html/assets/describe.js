// What a segment, or all that a pixel covers, was: in words, for hovering, selecting and reading aloud.

import { counted, duration, moment, percent, whole } from "./units.js";
import { stateWords } from "./recording.js";
import { columnsOf } from "./sums.js";

/** @typedef {import("./recording.js").Lane} LaneToDescribe */
/** @typedef {import("./recording.js").Recording} RecordingToDescribe */
/** @typedef {{title: string, state: string, facts: [name: string, value: string, place?: number][]}} Description */

/**
 * @param {RecordingToDescribe} recording
 * @param {LaneToDescribe} lane
 * @param {number} segment
 * @returns {Description}
 */
export function describeSegment(recording, lane, segment) {
  const state = recording.stateOf(segment);
  const length = recording.end[segment] - recording.begin[segment];
  /** @type {Description["facts"]} */
  const facts = [["lasted", duration(length)]];
  facts.push(["from", moment(recording.begin[segment], Math.max(1, length / 10))]);
  if (state === "mixed") facts.push(...mixedFacts(recording, lane, segment, length));
  const place = recording.place[segment];
  if (recording.places.has(place)) {
    facts.push([state === "hold" ? "ran" : "at", recording.places.full(place), place]);
  }
  const blamed = recording.blamed(segment);
  if (blamed && lane.picture.kind === "gil") facts.push(["held by", blamed.lane.picture.name]);
  else if (blamed && blamed.lane.picture.kind === "thread") {
    facts.push(["to blame", blamed.lane.picture.name]);
    if (recording.places.has(blamed.place)) {
      facts.push(["which ran", recording.places.full(blamed.place), blamed.place]);
    }
  }
  const title =
    state === "mixed"
      ? `${lane.picture.name}: ${counted(spansIn(recording, segment), "span")}, of which the page has only shares`
      : `${lane.picture.name} ${stateWords(state, lane.isOther)}`;
  return { title, state, facts };
}

/**
 * How many spans a mixed segment stands for.
 * @param {RecordingToDescribe} recording
 * @param {number} segment
 * @returns {number}
 */
function spansIn(recording, segment) {
  return recording.spans[recording.rank[segment]] || 1;
}

/**
 * @param {RecordingToDescribe} recording
 * @param {LaneToDescribe} lane
 * @param {number} segment
 * @param {number} length
 * @returns {Description["facts"]}
 */
function mixedFacts(recording, lane, segment, length) {
  const row = recording.rank[segment];
  return recording.states
    .map(
      (state, i) =>
        /** @type {[string, number]} */ ([state, (recording.mix[i][row] ?? 0) / recording.mixAll]),
    )
    .filter(([, share]) => share > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([state, share]) => [stateWords(state, lane.isOther), `about ${duration(share * length)}`]);
}

/**
 * What a thin stretch of lanes was: single if it is one segment, else shares of states.
 * @param {RecordingToDescribe} recording
 * @param {LaneToDescribe[]} lanes
 * @param {string} name
 * @param {number} from_ns
 * @param {number} to_ns
 * @returns {Description | null}
 */
export function describeStretch(recording, lanes, name, from_ns, to_ns) {
  const shares = sharesIn(recording, lanes, from_ns, to_ns);
  if (shares.segments === 0) return null;
  if (shares.segments === 1 && lanes.length === 1) {
    return describeSegment(recording, lanes[0], lanes[0].after(from_ns));
  }
  /** @type {Description["facts"]} */
  const facts = shares.parts.map(([state, share]) => [stateWords(state, lanes[0].isOther), percent(share)]);
  const what = lanes.length > 1 ? `${lanes.length} lanes` : `${whole(shares.segments)} spans`;
  return { title: `${name}: ${what} in ${duration(to_ns - from_ns)}`, state: "mixed", facts };
}

/**
 * Shares of states in a stretch, largest first, of the time that the lanes were there.
 * @param {RecordingToDescribe} recording
 * @param {LaneToDescribe[]} lanes
 * @param {number} from_ns
 * @param {number} to_ns
 * @returns {{segments: number, parts: [state: string, share: number][]}}
 */
export function sharesIn(recording, lanes, from_ns, to_ns) {
  const { segments, shares } = columnsOf(lanes, from_ns, to_ns, 1);
  const parts = recording.states
    .map((state, i) => /** @type {[string, number]} */ ([state, shares[i]]))
    .filter(([, share]) => share > 0)
    .sort((a, b) => b[1] - a[1]);
  return { segments: segments[0], parts };
}
