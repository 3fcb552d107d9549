// Difference flame graphs: widths are one side's, colours say what has changed since before.

import { allNodes } from "./calltree.js";
import {
  changeClass,
  changeFacts,
  changeSpoken,
  changeWords,
  differenceTree,
  isUnknown,
  missing,
} from "./differencetree.js";
import { NamesOfFunctions } from "./differencenames.js";
import { make, makeButton, makeTable, motion, viewSection } from "./elements.js";
import { makeFlameSearch, makeInvertedBox } from "./flamecontrols.js";
import { FlameGraph } from "./flamegraph.js";
import { percent, seconds } from "./units.js";

/** @typedef {import("./differencetree.js").DifferenceNode} NodeOfDifference */
/** @typedef {import("./calltree.js").TreeNode} AnyNode */
/** @typedef {import("./tooltip.js").Tooltip} TooltipOfDifference */

/** @type {Record<DifferenceKind, [name: string, what: string]>} */
const DIFFERENCE_WORDS = {
  blame: ["Made others wait", "Paths weighted by the time that other threads waited while they had the GIL."],
  held: ["Had the GIL", "Paths weighted by the time that they held the GIL."],
  waited: ["Waited for the GIL", "Paths weighted by the time that they waited for the GIL."],
  lock: ["Waited for locks", "Paths weighted by the time that they waited for locks."],
  off: ["Without the GIL", "Paths weighted by the time that threads were without the GIL."],
};
/** @type {[name: string, words: string][]} */
const KEY = [
  ["diff-less-3", "half or less, or gone"],
  ["diff-less-2", "less by a fifth"],
  ["diff-less-1", "a little less"],
  ["diff-same", "as before"],
  ["diff-more-1", "a little more"],
  ["diff-more-2", "more by a quarter"],
  ["diff-more-3", "twice or more, or new"],
  ["diff-unsure", "no significant difference"],
];
const MOST_MISSING = 50;
const MOST_ROWS_OF_DIFFERENCE = 100;
const CHOOSE = "Click on a frame to zoom to it.";

/** One graph at a time, chosen by tabs. */
export class DifferenceView {
  /**
   * @param {HTMLElement} section
   * @param {DifferenceGraphs} data
   * @param {TooltipOfDifference} tooltip
   */
  constructor(section, data, tooltip) {
    this.section = section;
    this.data = data;
    this.names = new NamesOfFunctions(data.functions);
    this.isInverted = false;
    /** @type {"now" | "before"} */
    this.side = "now";
    this.kinds = /** @type {DifferenceKind[]} */ (Object.keys(DIFFERENCE_WORDS)).filter(
      (kind) => data.graphs[kind],
    );
    this.kind = this.kinds[0];
    this.what = make("p", { class: "hint" });
    this.crumbs = make("div", { class: "chosen", role: "status" });
    this.beside = make("div", {});
    this.graph = new FlameGraph(
      this.names,
      tooltip,
      (node) => this.choose(/** @type {NodeOfDifference} */ (node)),
      {
        hue: (node) => changeClass(/** @type {NodeOfDifference} */ (node)),
        note: (node) => changeWords(/** @type {NodeOfDifference} */ (node)),
        spoken: (node) => changeSpoken(/** @type {NodeOfDifference} */ (node)),
        facts: (node) => changeFacts(/** @type {NodeOfDifference} */ (node)),
      },
    );
    this.search = makeFlameSearch(() => this.find());
    this.found = make("span", { class: "range", role: "status" });
    this.tabs = this.kinds.map((kind) =>
      makeButton(DIFFERENCE_WORDS[kind][0], () => this.open(kind), { "aria-pressed": "false" }),
    );
    this.sides = /** @type {("now" | "before")[]} */ (["now", "before"]).map((side) =>
      makeButton(`Widths as ${side === "now" ? "now" : "before"}`, () => this.turnTo(side)),
    );
    section.append(...this.content());
    this.open(this.kind);
  }

  /** @returns {HTMLElement[]} */
  content() {
    const inverted = makeInvertedBox("function", (isInverted) => {
      this.isInverted = isInverted;
      this.show();
    });
    const key = KEY.map(([name, meaning]) =>
      make("li", {}, make("span", { class: `swatch ${name}` }), meaning),
    );
    return [
      make("div", { class: "tabs", role: "group", "aria-label": "What the graph is about" }, ...this.tabs),
      make(
        "div",
        { class: "toolbar" },
        make("div", { class: "tabs", role: "group", "aria-label": "Widths" }, ...this.sides),
        this.search,
        inverted,
        this.found,
      ),
      this.what,
      make("ul", { class: "diff-key", "aria-label": "Colours" }, ...key),
      this.graph.element,
      this.crumbs,
      this.beside,
    ];
  }

  /** @param {DifferenceKind} kind */
  open(kind) {
    this.kind = kind;
    const tree = differenceTree(this.data, kind, this.isInverted, "now");
    // What is all gone has no widths now.
    this.turnTo(tree.now_s > 0 ? "now" : "before");
  }

  /** @param {"now" | "before"} side */
  turnTo(side) {
    this.side = side;
    this.show();
  }

  show() {
    const { kind, side } = this;
    this.tabs.forEach((tab, i) => tab.setAttribute("aria-pressed", String(this.kinds[i] === kind)));
    this.sides.forEach((each, i) =>
      each.setAttribute("aria-pressed", String((i === 0) === (side === "now"))),
    );
    const tree = differenceTree(this.data, kind, this.isInverted, side);
    const words = `${seconds(tree.before_s)} before, ${seconds(tree.now_s)} now.`;
    const chance = isUnknown(tree.outcome) ? " So few runs do not tell whether that is chance." : "";
    const nothing =
      tree.total_s > 0 ? "" : ` There is nothing ${side === "now" ? "now" : "before"}: see the other side.`;
    this.what.textContent = `${DIFFERENCE_WORDS[kind][1]} ${words}${chance}${nothing}`;
    this.graph.show(tree);
    this.find();
    this.crumbs.replaceChildren(make("p", { class: "hint" }, CHOOSE));
    this.fillBeside(tree);
  }

  find() {
    const text = this.search.value.trim();
    const share = this.graph.search(text);
    this.found.textContent = text ? `${percent(share)} is in what was found` : "";
  }

  /** @param {NodeOfDifference} node */
  choose(node) {
    this.graph.zoomTo(node);
    if (node.place === -3) {
      this.crumbs.replaceChildren(make("p", { class: "hint" }, CHOOSE));
      return;
    }
    const facts = changeFacts(node).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);
    const all = makeButton("Show all", () => this.choose(/** @type {NodeOfDifference} */ (this.graph.root)));
    this.crumbs.replaceChildren(
      make("h3", {}, this.names.frame(node.place)),
      make("dl", {}, ...facts),
      make("div", { class: "actions" }, all),
    );
  }

  /**
   * What the graph has no width for, and all of it as a table.
   * @param {NodeOfDifference} tree
   */
  fillBeside(tree) {
    const isNow = this.side === "now";
    const gone = missing(tree, this.side);
    const shown = gone.slice(0, MOST_MISSING);
    const title = isNow ? "Gone: there before, not now" : "New: there now, not before";
    const rest = gone.length - shown.length;
    const rows = shown.map((node) => [pathOf(node, this.names), seconds(isNow ? node.before_s : node.now_s)]);
    const list =
      gone.length > 0
        ? [
            make("h3", {}, title),
            scrolling(title, makeTable(title, ["path", isNow ? "before" : "now"], rows)),
            ...(rest > 0 ? [make("p", { class: "hint" }, `and ${rest} smaller ones`)] : []),
          ]
        : [];
    const name = `Difference flame graph: ${DIFFERENCE_WORDS[this.kind][0]}`;
    const table = scrolling(name, makeTable(name, TABLE_HEADS, this.rows(tree)));
    this.beside.replaceChildren(
      make("div", { class: "missing" }, ...list),
      make("details", { class: "as-table" }, make("summary", {}, "Flame graph as a table"), table),
    );
  }

  /**
   * @param {NodeOfDifference} tree
   * @returns {string[][]}
   */
  rows(tree) {
    const nodes = /** @type {NodeOfDifference[]} */ (allNodes(tree).slice(1));
    const change = (/** @type {NodeOfDifference} */ node) => Math.abs(node.now_s - node.before_s);
    return nodes
      .sort((a, b) => change(b) - change(a))
      .slice(0, MOST_ROWS_OF_DIFFERENCE)
      .map((node) => [pathOf(node, this.names), ...changeFacts(node).map(([, value]) => value)]);
  }

  /**
   * Show where a function is; without one, the graph.
   * @param {DifferenceKind} kind
   * @param {number | null} place
   */
  showFunction(kind, place) {
    if (!this.data.graphs[kind]) return;
    this.open(kind);
    let node = place === null ? null : this.graph.heaviest(place);
    if (place !== null && (!node || node.total_s === 0)) {
      this.turnTo(this.side === "now" ? "before" : "now");
      node = this.graph.heaviest(place);
    }
    if (node) this.choose(/** @type {NodeOfDifference} */ (node));
    history.pushState(null, "", `#${this.section.id}`);
    const heading = this.section.querySelector("h2");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
    this.section.scrollIntoView({ behavior: motion(), block: "start" });
  }
}

const TABLE_HEADS = ["path", "before", "now", "difference", "itself", "that tells"];

/**
 * @param {string} name
 * @param {HTMLElement} table
 * @returns {HTMLElement}
 */
function scrolling(name, table) {
  return make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": name }, table);
}

/**
 * A function and who called it: the three next to it.
 * @param {AnyNode} node
 * @param {NamesOfFunctions} names
 * @returns {string}
 */
function pathOf(node, names) {
  const parts = [names.frame(node.place)];
  for (let above = node.parent; above && above.place !== -3 && parts.length < 4; above = above.parent) {
    parts.push(names.has(above.place) ? names.functions[above.place][0] : names.frame(above.place));
  }
  return parts.join(" ← ");
}

/**
 * @param {DifferenceGraphs} data
 * @param {TooltipOfDifference} tooltip
 * @returns {DifferenceView | null}
 */
export function showDifference(data, tooltip) {
  const section = viewSection("flames");
  const isThere = section && Object.keys(data.graphs).length > 0;
  return isThere ? new DifferenceView(section, data, tooltip) : null;
}
