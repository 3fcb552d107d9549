// The rows of the timeline: lanes below each other, by process and by pool, each of which can be folded.

import { counted } from "./units.js";

/** @typedef {import("./recording.js").Lane} LaneOfRow */
/** @typedef {import("./recording.js").Recording} RecordingOfRows */

const LANE_HEIGHT = 22;
const GIL_HEIGHT = 16;
const HEAD_HEIGHT = 22;
const FOLDED_HEIGHT = 44;
const GAP = 4;
/** With more lanes than this, groups begin folded. */
const MANY_LANES = 24;

/**
 * `parent` is the row that folds this one away. A folded row shows its lanes together, as shares.
 * @typedef {object} Row
 * @property {"process" | "group" | "gil" | "thread"} kind
 * @property {string} label
 * @property {string} note
 * @property {LaneOfRow[]} lanes
 * @property {Row | null} parent
 * @property {number} depth
 * @property {boolean} isOpen
 * @property {number} top
 * @property {number} height
 * @property {boolean} isShown
 */

/**
 * @param {RecordingOfRows} recording
 * @returns {Row[]}
 */
export function makeRows(recording) {
  const { processes } = recording.picture;
  const isOpen = recording.lanes.length <= MANY_LANES;
  /** @type {Row[]} */
  const rows = [];
  processes.forEach((process, index) => {
    const lanes = recording.lanes.filter((lane) => lane.picture.process === index);
    if (lanes.length === 0) return;
    const threads = lanes.filter((lane) => lane.picture.kind === "thread");
    /** @type {Row | null} */
    let parent = null;
    if (processes.length > 1) {
      parent = head(
        "process",
        process.label || process.program,
        `pid ${process.pid}`,
        threads,
        null,
        isOpen || index === 0,
      );
      rows.push(parent);
    }
    for (const lane of lanes) if (lane.picture.kind === "gil") rows.push(single(lane, parent));
    rows.push(...threadRows(threads, parent, isOpen));
  });
  layOut(rows);
  return rows;
}

/**
 * @param {LaneOfRow[]} threads
 * @param {Row | null} parent
 * @param {boolean} isOpen
 * @returns {Row[]}
 */
function threadRows(threads, parent, isOpen) {
  const rows = [];
  const done = new Set();
  for (const lane of threads) {
    const name = lane.picture.group;
    if (name === null) rows.push(single(lane, parent));
    if (name === null || done.has(name)) continue;
    done.add(name);
    const members = threads.filter((each) => each.picture.group === name);
    if (members.length < 2) {
      rows.push(single(lane, parent));
      continue;
    }
    const group = head("group", name, countOf(members), members, parent, isOpen);
    rows.push(group, ...members.map((each) => single(each, group)));
  }
  return rows;
}

/**
 * `8 threads`; where threads that came one after the other share lanes, `7 lanes, 796 threads`.
 * @param {LaneOfRow[]} lanes
 * @returns {string}
 */
function countOf(lanes) {
  const threads = lanes.reduce((sum, lane) => sum + (lane.picture.threads ?? 1), 0);
  return threads === lanes.length
    ? counted(threads, "thread")
    : `${counted(lanes.length, "lane")}, ${counted(threads, "thread")}`;
}

/**
 * @param {"process" | "group"} kind
 * @param {string} label
 * @param {string} note
 * @param {LaneOfRow[]} lanes
 * @param {Row | null} parent
 * @param {boolean} isOpen
 * @returns {Row}
 */
function head(kind, label, note, lanes, parent, isOpen) {
  const depth = parent ? parent.depth + 1 : 0;
  return { kind, label, note, lanes, parent, depth, isOpen, top: 0, height: HEAD_HEIGHT, isShown: true };
}

/**
 * @param {LaneOfRow} lane
 * @param {Row | null} parent
 * @returns {Row}
 */
function single(lane, parent) {
  const { kind, name } = lane.picture;
  return {
    kind,
    label: name,
    note: "",
    lanes: [lane],
    parent,
    depth: parent ? parent.depth + 1 : 0,
    isOpen: true,
    top: 0,
    height: kind === "gil" ? GIL_HEIGHT : LANE_HEIGHT,
    isShown: true,
  };
}

/**
 * Place the rows below each other; returns how high they are together.
 * @param {Row[]} rows
 * @returns {number}
 */
export function layOut(rows) {
  let top = GAP;
  for (const row of rows) {
    row.isShown = isUnfolded(row);
    row.top = top;
    if (row.kind === "process" || row.kind === "group") row.height = row.isOpen ? HEAD_HEIGHT : FOLDED_HEIGHT;
    if (row.isShown) top += row.height + GAP;
  }
  return top;
}

/**
 * @param {Row} row
 * @returns {boolean}
 */
function isUnfolded(row) {
  return row.parent === null || (row.parent.isOpen && isUnfolded(row.parent));
}

/**
 * Whether a row is drawn: heads that are open only name what follows.
 * @param {Row} row
 * @returns {boolean}
 */
export function hasPicture(row) {
  return row.isShown && (row.kind === "gil" || row.kind === "thread" || !row.isOpen);
}

/**
 * Unfold whatever hides a lane; returns its row.
 * @param {Row[]} rows
 * @param {LaneOfRow} lane
 * @returns {Row | undefined}
 */
export function reveal(rows, lane) {
  const row = rows.find((each) => each.lanes[0] === lane && (each.kind === "gil" || each.kind === "thread"));
  for (let parent = row?.parent; parent; parent = parent.parent) parent.isOpen = true;
  return row;
}
