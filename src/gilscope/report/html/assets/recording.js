// The recording as the page has it: lanes, and what was in them when.

import { NONE, column, indexColumn } from "./columns.js";
import { readEdges } from "./edges.js";
import { Places } from "./names.js";
import { LaneSums } from "./sums.js";
import { seconds } from "./units.js";

/** What the words of the legend, and of whatever is pointed at, say about states. */
const STATE_WORDS = /** @type {Record<string, string>} */ ({
  hold: "has the GIL",
  wait: "waits for the GIL",
  lock: "waits for a lock",
  computing: "computes without the GIL",
  ready: "ready, but no core is free",
  idle: "idle: waits for what it is there for",
  blocked: "blocked or asleep",
  handover: "hands the GIL over",
  stopped: "stopped by the interpreter",
  off: "without the GIL",
  unknown: "not recorded",
});

/** Those that mean something else where there is no GIL. */
const OTHER_STATE_WORDS = /** @type {Record<string, string>} */ ({
  hold: "runs Python",
  lock: "waits for another thread",
});

/**
 * @param {string} state
 * @param {boolean} isOther whether this is about threads as they would have been without the GIL
 * @returns {string}
 */
export function stateWords(state, isOther = false) {
  return (isOther ? OTHER_STATE_WORDS[state] : undefined) ?? STATE_WORDS[state] ?? state;
}

/** A lane: a contiguous stretch of the columns, in order of time. */
export class Lane {
  /**
   * @param {Recording} recording
   * @param {number} index among the lanes of the picture
   * @param {PictureLane} picture
   * @param {Rows} segments
   */
  constructor(recording, index, picture, segments) {
    this.recording = recording;
    this.index = index;
    this.picture = picture;
    /** Whether this is a thread as it would have been without the GIL. */
    this.isOther = picture.pair !== undefined;
    this.first = segments[0];
    this.last = segments[0] + segments[1];
    /** @type {LaneSums | null} */
    this.made = null;
  }

  /** Made when it is first looked at. */
  get sums() {
    this.made ??= new LaneSums(this.recording, this.first, this.last);
    return this.made;
  }

  /**
   * The first segment that ends after a moment; `last` if there is none.
   * @param {number} at_ns
   * @returns {number}
   */
  after(at_ns) {
    const { end } = this.recording;
    let low = this.first;
    let high = this.last;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (end[middle] > at_ns) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /**
   * The segment at a moment; -1 if there is none.
   * @param {number} at_ns
   * @returns {number}
   */
  at(at_ns) {
    const found = this.after(at_ns);
    return found < this.last && this.recording.begin[found] <= at_ns ? found : -1;
  }

  /**
   * The segment that has most of a stretch; -1 if there is none.
   * @param {number} from_ns
   * @param {number} to_ns
   * @returns {number}
   */
  longestBetween(from_ns, to_ns) {
    const { begin, end } = this.recording;
    let longest = -1;
    let most = -1;
    for (let i = this.after(from_ns); i < this.last && begin[i] < to_ns; i++) {
      const length = Math.min(to_ns, end[i]) - Math.max(from_ns, begin[i]);
      if (length > most) {
        longest = i;
        most = length;
      }
    }
    return longest;
  }
}

/** All lanes, and the columns that they are cut from. Times are in ns since the recording began. */
export class Recording {
  /**
   * @param {Picture} picture
   * @param {ArrayBuffer} bytes
   */
  constructor(picture, bytes) {
    this.picture = picture;
    this.marks = marksOf(picture);
    /** Where all is as recorded, though the rest is folded. */
    this.exact = picture.exact ?? [];
    this.places = new Places(picture);
    this.states = picture.states.filter((each) => each !== "mixed");
    this.mixed = picture.states.indexOf("mixed");
    const read = (/** @type {string} */ name) => column(bytes, picture.columns, name);
    this.state = /** @type {Uint8Array} */ (read("state"));
    this.place = indexColumn(bytes, picture.columns, "place");
    this.culprit = indexColumn(bytes, picture.columns, "culprit");
    /** Of mixed segments, by rank: for each state its share, of `mixAll`. */
    this.mix = this.states.map((each) => read(`mix_${each}`));
    this.mixAll = picture.mix_all;
    this.spans = read("mix_spans");
    this.rank = ranks(this.state, this.mixed);
    this.begin = new Float64Array(this.state.length);
    this.end = new Float64Array(this.state.length);
    this.lanes = picture.lanes.map((each, index) => new Lane(this, index, each, each.segments));
    const without = picture.without;
    this.withoutLanes = (without?.lanes ?? []).map(
      (each, index) => new Lane(this, index, each, each.segments),
    );
    this.readTimes(read("gap"), read("duration"));
    this.end_ns = this.lanes.reduce((end, lane) => Math.max(end, lane.picture.end_s * 1e9), 1);
    this.edges = readEdges(bytes, picture);
  }

  /**
   * @param {ArrayLike<number>} gap
   * @param {ArrayLike<number>} duration
   */
  readTimes(gap, duration) {
    const tick = this.picture.tick_ns;
    for (const lane of [...this.lanes, ...this.withoutLanes]) {
      let at = 0;
      for (let i = lane.first; i < lane.last; i++) {
        at += gap[i];
        this.begin[i] = at * tick;
        at += duration[i];
        this.end[i] = at * tick;
      }
    }
  }

  /**
   * @param {number} segment
   * @returns {string}
   */
  stateOf(segment) {
    return this.picture.states[this.state[segment]] ?? "unknown";
  }

  /**
   * Who made a segment wait, as far as the picture has that: the lane, and the line that it ran longest meanwhile.
   * @param {number} segment
   * @returns {{lane: Lane, place: number} | null}
   */
  blamed(segment) {
    const lane = this.lanes[this.culprit[segment]];
    if (this.culprit[segment] === NONE || !lane) return null;
    const from = this.begin[segment];
    const to = this.end[segment];
    let longest = 0;
    let place = NONE;
    const first = lane.after(from);
    for (let i = first; i < Math.min(lane.last, first + 1000) && this.begin[i] < to; i++) {
      const overlap = Math.min(to, this.end[i]) - Math.max(from, this.begin[i]);
      if (this.stateOf(i) === "hold" && overlap > longest && this.place[i] !== NONE) {
        longest = overlap;
        place = this.place[i];
      }
    }
    return { lane, place };
  }

  /**
   * The lane that a segment is in.
   * @param {number} segment
   * @returns {Lane}
   */
  laneOf(segment) {
    const found = this.lanes.find((lane) => lane.first <= segment && segment < lane.last);
    return found ?? this.lanes[0];
  }

  /**
   * What is said of a stretch of time in which a process is as recorded; empty if there is none.
   * @param {number} from_ns
   * @param {number} to_ns
   * @returns {string}
   */
  exactWords(from_ns, to_ns) {
    const found = this.exact.find((each) => each.from_s * 1e9 <= from_ns && to_ns <= each.to_s * 1e9);
    if (!found) return "";
    const { processes } = this.picture;
    const whose = processes.length > 1 ? ` of ${processes[found.process].label}` : "";
    return `All of this stretch${whose} is as recorded: nothing in it was summed up for this page.`;
  }

  /**
   * Whether a segment is in one state from its beginning to its end.
   * @param {number} segment
   * @returns {boolean}
   */
  isSingle(segment) {
    return this.state[segment] !== this.mixed;
  }

  /**
   * Holds of the GIL whose line is this one, in order of time; at most `most`, the longest.
   * @param {number[]} places
   * @param {number} most
   * @returns {number[]}
   */
  holdsOf(places, most = 2000) {
    const wanted = new Set(places);
    const hold = this.picture.states.indexOf("hold");
    const shares = this.mix[this.states.indexOf("hold")];
    const isHold = (/** @type {number} */ i) =>
      this.isSingle(i) ? this.state[i] === hold : shares[this.rank[i]] > 0;
    const found = [];
    for (const lane of this.lanes) {
      if (lane.picture.kind === "gil") continue;
      for (let i = lane.first; i < lane.last; i++) {
        if (wanted.has(this.place[i]) && isHold(i)) found.push(i);
      }
    }
    // Single holds first: they say more than sums of several.
    const weight = (/** @type {number} */ i) =>
      this.end[i] - this.begin[i] + (this.isSingle(i) ? this.end_ns : 0);
    const longest = found.length > most ? found.sort((a, b) => weight(b) - weight(a)).slice(0, most) : found;
    return longest.sort((a, b) => this.begin[a] - this.begin[b]);
  }
}

/**
 * The window that the verdict is about is a mark, too.
 * @param {Picture} picture
 * @returns {PictureMark[]}
 */
function marksOf(picture) {
  const marks = picture.marks ?? [];
  if (!picture.window) return marks;
  const [from_s, to_s] = picture.window;
  const isThere = marks.some(
    (mark) => mark.kind === "window" && mark.from_s === from_s && mark.to_s === to_s,
  );
  const text = `the verdict's window: ${seconds(from_s)} to ${seconds(to_s)}`;
  return isThere ? marks : [{ kind: "window", lane: null, from_s, to_s, place: NONE, text }, ...marks];
}

/**
 * For each segment, how many mixed ones come before it: its row in the columns about mixed ones.
 * @param {Uint8Array} state
 * @param {number} mixed
 * @returns {Uint32Array}
 */
function ranks(state, mixed) {
  const rank = new Uint32Array(state.length);
  let count = 0;
  for (let i = 0; i < state.length; i++) {
    rank[i] = count;
    if (state[i] === mixed) count++;
  }
  return rank;
}
