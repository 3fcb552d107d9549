// Flame graphs: which call paths held, waited, made others wait, waited for locks, were without the GIL.

import { callTree, costs, invertedTree } from "./calltree.js";
import { make, makeButton, makeTable, viewSection } from "./elements.js";
import { makeFlameSearch, makeInvertedBox } from "./flamecontrols.js";
import { FlameGraph } from "./flamegraph.js";
import { percent, seconds } from "./units.js";

/** @typedef {import("./calltree.js").TreeNode} NodeOfFlames */
/** @typedef {import("./guide.js").Guide} GuideOfFlames */
/** @typedef {import("./names.js").Places} PlacesOfFlames */
/** @typedef {import("./tooltip.js").Tooltip} TooltipOfFlames */

/** @type {Record<FlameKind, [name: string, what: string]>} */
const FLAME_WORDS = {
  blame: ["Made others wait", "Paths weighted by the time that other threads waited while they had the GIL."],
  held: ["Had the GIL", "Paths weighted by the time that they held the GIL."],
  waited: ["Waited for the GIL", "Paths weighted by the time that they waited for the GIL."],
  lock: ["Waited for locks", "Paths weighted by the time that they waited for locks."],
  off: [
    "Without the GIL",
    "Paths weighted by the time that threads were without the GIL: computing, blocked or asleep.",
  ],
};

/** One graph at a time, chosen by tabs. */
export class FlameView {
  /**
   * @param {HTMLElement} section
   * @param {Partial<Record<FlameKind, FlameNodes>>} flames
   * @param {PlacesOfFlames} places
   * @param {GuideOfFlames} guide
   * @param {TooltipOfFlames} tooltip
   */
  constructor(section, flames, places, guide, tooltip) {
    this.section = section;
    this.flames = flames;
    this.places = places;
    this.guide = guide;
    this.isInverted = false;
    this.kinds = /** @type {FlameKind[]} */ (Object.keys(FLAME_WORDS)).filter(
      (kind) => (flames[kind]?.place.length ?? 0) > 0,
    );
    this.kind = this.kinds[0];
    this.what = make("p", { class: "hint" });
    this.crumbs = make("div", { class: "chosen", role: "status" });
    this.table = make("div", {});
    this.graph = new FlameGraph(places, tooltip, (node) => this.choose(node));
    this.search = makeFlameSearch(() => this.find());
    this.found = make("span", { class: "range", role: "status" });
    this.tabs = this.kinds.map((kind) =>
      makeButton(FLAME_WORDS[kind][0], () => this.show(kind), { "aria-pressed": "false" }),
    );
    const inverted = makeInvertedBox("line", (isInverted) => {
      this.isInverted = isInverted;
      this.show(this.kind);
    });
    section.append(
      make(
        "div",
        { class: "tabs", role: "group", "aria-label": "What the flame graph is about" },
        ...this.tabs,
      ),
      make("div", { class: "toolbar" }, this.search, inverted, this.found),
      this.what,
      this.graph.element,
      this.crumbs,
      make("details", { class: "as-table" }, make("summary", {}, "Flame graph as a table"), this.table),
    );
    this.show(this.kind);
  }

  /** @param {FlameKind} kind */
  show(kind) {
    this.kind = kind;
    this.tabs.forEach((tab, i) => tab.setAttribute("aria-pressed", String(this.kinds[i] === kind)));
    const flat = /** @type {FlameNodes} */ (this.flames[kind]);
    const tree = this.isInverted ? invertedTree(flat) : callTree(flat);
    const folded = flat.folded_s
      ? ` Paths too small for this page are folded together: ${seconds(flat.folded_s)}.`
      : "";
    this.what.textContent = `${FLAME_WORDS[kind][1]} ${seconds(tree.total_s)} in all.${folded}`;
    this.graph.show(tree);
    this.find();
    this.crumbs.replaceChildren(make("p", { class: "hint" }, "Click on a frame to zoom to it."));
    this.fillTable(callTree(flat));
  }

  find() {
    const text = this.search.value.trim();
    const share = this.graph.search(text);
    this.found.textContent = text ? `${percent(share)} is in what was found` : "";
  }

  /** @param {NodeOfFlames} node */
  choose(node) {
    const { places } = this;
    this.graph.zoomTo(node);
    if (node.place === -3) {
      this.crumbs.replaceChildren(make("p", { class: "hint" }, "Click on a frame to zoom to it."));
      return;
    }
    const root = this.graph.root?.total_s || 1;
    const actions = [
      makeButton("Show all", () => this.choose(/** @type {NodeOfFlames} */ (this.graph.root))),
    ];
    if (places.has(node.place)) {
      const leaves = this.isInverted ? [node.place] : heaviestLeaves(node);
      if (this.kind === "blame" || this.kind === "held") {
        actions.push(
          makeButton("Moments on the timeline", () =>
            this.guide.showMoments?.(leaves, places.of(node.place)),
          ),
        );
      }
      actions.push(makeButton("Source", () => this.guide.showPlace(node.place)));
    }
    this.crumbs.replaceChildren(
      make("h3", {}, places.frame(node.place)),
      make(
        "dl",
        {},
        make("dt", {}, "in all"),
        make("dd", {}, `${seconds(node.total_s)}, ${percent(node.total_s / root)}`),
        make("dt", {}, "itself"),
        make("dd", {}, seconds(this.isInverted ? 0 : node.own_s)),
      ),
      make("div", { class: "actions" }, ...actions),
    );
    if (this.isInverted) this.crumbs.querySelector("dl")?.lastElementChild?.previousElementSibling?.remove();
    if (this.isInverted) this.crumbs.querySelector("dl")?.lastElementChild?.remove();
  }

  /** @param {NodeOfFlames} tree */
  fillTable(tree) {
    const total = tree.total_s || 1;
    const rows = [...costs(tree)]
      .sort((a, b) => b[1].total_s - a[1].total_s)
      .slice(0, 100)
      .map(([place, cost]) => [
        this.places.has(place)
          ? this.guide.placeLink(place, this.places.frame(place))
          : this.places.frame(place),
        seconds(cost.own_s),
        seconds(cost.total_s),
        percent(cost.total_s / total),
      ]);
    const name = `Flame graph: ${FLAME_WORDS[this.kind][0]}`;
    this.table.replaceChildren(
      make(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": name },
        makeTable(name, ["line", "itself", "with what it calls", "share"], rows),
      ),
    );
  }

  /**
   * Zoom to where a line made others wait.
   * @param {number} place
   * @returns {boolean} whether any graph has it
   */
  showPlace(place) {
    const kind = this.kinds.find((each) => this.flames[each]?.place.includes(place));
    if (!kind) return false;
    if (this.kind !== kind) this.show(kind);
    const node = this.graph.heaviest(place);
    if (node) this.choose(node);
    this.guide.goTo(this.section);
    return true;
  }
}

/**
 * The lines at the ends of the paths through a node: those that ran.
 * @param {NodeOfFlames} node
 * @returns {number[]}
 */
function heaviestLeaves(node) {
  const leaves = new Set();
  const ahead = [node];
  for (let each = ahead.pop(); each; each = ahead.pop()) {
    if (each.own_s > 0) leaves.add(each.place);
    ahead.push(...each.children);
  }
  return [...leaves];
}

/**
 * @param {Partial<Record<FlameKind, FlameNodes>>} flames
 * @param {PlacesOfFlames} places
 * @param {GuideOfFlames} guide
 * @param {TooltipOfFlames} tooltip
 * @returns {FlameView | null}
 */
export function showFlames(flames, places, guide, tooltip) {
  const section = viewSection("flames");
  if (!section) return null;
  if (Object.values(flames).every((each) => each.place.length === 0)) {
    section.append(make("p", { class: "hint" }, "No call path of this recording has anything to show here."));
    return null;
  }
  return new FlameView(section, flames, places, guide, tooltip);
}
