// Trees of a difference: what nodes had before, and have now.

import { seconds } from "./units.js";

/**
 * As a node of other call trees, where `total_s` is what gives it its width.
 * @typedef {import("./calltree.js").TreeNode & {
 *   before_s: number, now_s: number, ownBefore_s: number, ownNow_s: number, outcome: string,
 *   children: DifferenceNode[], parent: DifferenceNode | null
 * }} DifferenceNode
 */

/** Changes from which on a colour is a step stronger: by a twentieth, a quarter, twice as much. */
const STEPS = [0.05, 0.25, 1];
const UNKNOWN_OUTCOMES = ["one-run", "too-few-runs"];

/**
 * @param {DifferenceGraphs} data
 * @param {DifferenceKind} kind
 * @param {boolean} isInverted
 * @param {"now" | "before"} side which gives nodes their widths
 * @returns {DifferenceNode}
 */
export function differenceTree(data, kind, isInverted, side) {
  const graph = /** @type {DifferenceGraphShape} */ (data.graphs[kind]);
  const flat = isInverted ? graph.callers : graph.called;
  const root = differenceNode(-3, null, mean(graph.before_s), mean(graph.now_s));
  root.outcome = data.outcomes[graph.outcome];
  /** @type {DifferenceNode[]} */
  const nodes = [];
  flat.function.forEach((place, i) => {
    const parent = flat.parent[i] < 0 ? root : nodes[flat.parent[i]];
    const node = differenceNode(place, parent, flat.before_s[i], flat.now_s[i]);
    node.ownBefore_s = flat.own_before_s[i];
    node.ownNow_s = flat.own_now_s[i];
    node.outcome = data.outcomes[flat.outcome[i]];
    parent.children.push(node);
    nodes.push(node);
  });
  for (const node of [root, ...nodes]) {
    node.total_s = side === "now" ? node.now_s : node.before_s;
    node.own_s = side === "now" ? node.ownNow_s : node.ownBefore_s;
    // The same order on both sides, so that what is compared stays where it was.
    node.children.sort(byLarger);
  }
  return root;
}

/**
 * @param {number} place
 * @param {DifferenceNode | null} parent
 * @param {number} before_s
 * @param {number} now_s
 * @returns {DifferenceNode}
 */
function differenceNode(place, parent, before_s, now_s) {
  const own = { own_s: 0, ownBefore_s: 0, ownNow_s: 0 };
  return { place, parent, before_s, now_s, ...own, total_s: 0, children: [], outcome: "" };
}

/**
 * @param {DifferenceNode} a
 * @param {DifferenceNode} b
 * @returns {number} below 0 if the first is larger on its larger side
 */
function byLarger(a, b) {
  return Math.max(b.before_s, b.now_s) - Math.max(a.before_s, a.now_s);
}

/**
 * @param {number[]} values
 * @returns {number}
 */
function mean(values) {
  return values.reduce((sum, each) => sum + each, 0) / Math.max(1, values.length);
}

/**
 * The class of a frame: how much more or less it is, or that chance may be all.
 * @param {DifferenceNode} node
 * @returns {string}
 */
export function changeClass(node) {
  if (node.outcome === "no-significant-difference") return "diff-unsure";
  const { before_s, now_s } = node;
  if (before_s === 0 && now_s > 0) return "diff-more-3";
  if (now_s === 0 && before_s > 0) return "diff-less-3";
  const ratio = now_s / before_s;
  // Half as much is as far as twice as much.
  const change = ratio >= 1 ? ratio - 1 : 1 / ratio - 1;
  const step = STEPS.filter((each) => change >= each).length;
  return step === 0 || Number.isNaN(ratio) ? "diff-same" : `diff-${ratio > 1 ? "more" : "less"}-${step}`;
}

/**
 * `+40 %`, `−12 %`, `new`, `gone`; nothing where chance may be all, or nothing is to be said.
 * @param {DifferenceNode} node
 * @returns {string}
 */
export function changeWords(node) {
  const { before_s, now_s } = node;
  if (node.outcome === "no-significant-difference") return "≈";
  if (before_s === 0) return now_s > 0 ? "new" : "";
  if (now_s === 0) return "gone";
  const ratio = now_s / before_s;
  if (ratio >= 10) return `×${ratio.toFixed(0)}`;
  const percents = Math.round((ratio - 1) * 100);
  if (percents === 0) return "±0 %";
  return percents > 0 ? `+${percents} %` : `−${-percents} %`;
}

/** @type {Record<string, string>} */
const OUTCOME_WORDS = {
  better: "better",
  worse: "worse",
  changed: "changed",
  "no-significant-difference": "no significant difference",
  "one-run": "not known: one run",
  "too-few-runs": "not known: too few runs",
};

/**
 * @param {DifferenceNode} node
 * @returns {[name: string, value: string][]}
 */
export function changeFacts(node) {
  const difference = node.now_s - node.before_s;
  return [
    ["before", seconds(node.before_s)],
    ["now", seconds(node.now_s)],
    ["difference", `${difference > 0 ? "+" : ""}${seconds(difference)} ${changeWords(node)}`.trim()],
    ["itself", `${seconds(node.ownBefore_s)} → ${seconds(node.ownNow_s)}`],
    ["that tells", OUTCOME_WORDS[node.outcome] ?? node.outcome],
  ];
}

/**
 * @param {DifferenceNode} node
 * @returns {string}
 */
export function changeSpoken(node) {
  const told = OUTCOME_WORDS[node.outcome] ?? node.outcome;
  return `${seconds(node.before_s)} before, ${seconds(node.now_s)} now: ${told}`;
}

/**
 * Whether all that is told of a difference is that nobody knows.
 * @param {string} outcome
 * @returns {boolean}
 */
export function isUnknown(outcome) {
  return UNKNOWN_OUTCOMES.includes(outcome);
}

/**
 * The outermost nodes that one side has and the other has not, the largest first.
 * @param {DifferenceNode} root
 * @param {"now" | "before"} side which has nothing of them
 * @returns {DifferenceNode[]}
 */
export function missing(root, side) {
  const has = (/** @type {DifferenceNode} */ node) => (side === "now" ? node.now_s : node.before_s) > 0;
  /** @type {DifferenceNode[]} */
  const found = [];
  const ahead = [...root.children];
  for (let node = ahead.pop(); node; node = ahead.pop()) {
    if (has(node)) ahead.push(...node.children);
    else found.push(node);
  }
  return found.sort(byLarger);
}
