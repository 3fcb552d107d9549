// A flame graph out of elements: each frame is a tree item that can be focused, read aloud and clicked.

import { make } from "./elements.js";
import { allNodes } from "./calltree.js";
import { percent, seconds } from "./units.js";

/** @typedef {import("./calltree.js").TreeNode} NodeOfGraph */
/** @typedef {{frame(place: number): string, has(place: number): boolean, file(place: number): string}} PlacesOfGraph */
/** @typedef {import("./tooltip.js").Tooltip} TooltipOfGraph */

const FRAME_HEIGHT = 21;
const THINNEST = 0.0008; // of the width: thinner frames are left out, and their parents show it
const HUES = 6;

/**
 * What frames look like, and what is said of them.
 * @typedef {object} LooksOfFrames
 * @property {(node: NodeOfGraph) => string} hue a class
 * @property {(node: NodeOfGraph) => string} note what stands behind the name; may be empty
 * @property {(node: NodeOfGraph) => string} spoken how much it is, for those who hear the page
 * @property {(node: NodeOfGraph) => [name: string, value: string][]} facts
 */

/** Draws from the root down, or from a node that was zoomed to. */
export class FlameGraph {
  /**
   * @param {PlacesOfGraph} places
   * @param {TooltipOfGraph} tooltip
   * @param {(node: NodeOfGraph) => void} choose
   * @param {LooksOfFrames} [looks] else a colour for each file, and how long
   */
  constructor(places, tooltip, choose, looks) {
    this.looks = looks ?? {
      hue: (node) => hueOf(places, node),
      note: () => "",
      spoken: (node) => this.timesOf(node)[0][1],
      facts: (node) => this.timesOf(node),
    };
    this.places = places;
    this.tooltip = tooltip;
    this.choose = choose;
    /** @type {NodeOfGraph | null} */
    this.root = null;
    /** @type {NodeOfGraph | null} */
    this.zoomed = null;
    this.text = "";
    /** @type {Map<HTMLElement, NodeOfGraph>} */
    this.frames = new Map();
    this.element = make("div", { class: "flame", role: "tree", "aria-label": "Flame graph" });
    this.element.addEventListener("click", (event) => this.pick(event));
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("pointermove", (event) => this.hover(event));
    this.element.addEventListener("pointerleave", () => this.tooltip.hide());
  }

  /** @param {NodeOfGraph} root */
  show(root) {
    this.root = root;
    this.zoomTo(root);
  }

  /** @param {NodeOfGraph} node */
  zoomTo(node) {
    this.zoomed = node;
    this.draw();
  }

  draw() {
    const zoomed = this.zoomed;
    if (!zoomed) return;
    const hadFocus = this.element.contains(document.activeElement);
    this.frames.clear();
    /** @type {HTMLElement[]} */
    const made = [];
    let depth = 0;
    for (const above of pathTo(zoomed)) made.push(this.frame(above, depth++, 0, 1, true));
    let deepest = depth;
    /** @type {[NodeOfGraph, number, number][]} */
    const ahead = [[zoomed, 0, depth]];
    for (let next = ahead.shift(); next; next = ahead.shift()) {
      let [node, left, level] = next;
      made.push(this.frame(node, level, left, node.total_s / (zoomed.total_s || 1), false));
      deepest = Math.max(deepest, level + 1);
      for (const child of node.children) {
        const width = child.total_s / (zoomed.total_s || 1);
        if (width >= THINNEST) ahead.push([child, left, level + 1]);
        left += width;
      }
    }
    this.element.replaceChildren(...made);
    this.element.style.height = `${deepest * FRAME_HEIGHT}px`;
    const current = [...this.frames].find(([, node]) => node === zoomed)?.[0];
    if (current) current.tabIndex = 0;
    if (hadFocus) current?.focus({ preventScroll: true });
  }

  /**
   * @param {NodeOfGraph} node
   * @param {number} level
   * @param {number} left share of the width
   * @param {number} width
   * @param {boolean} isAbove whether it is above what was zoomed to
   * @returns {HTMLElement}
   */
  frame(node, level, left, width, isAbove) {
    const name = this.places.frame(node.place);
    const note = this.looks.note(node);
    const label = note ? `${name}  ${note}` : name;
    const frame = make(
      "div",
      {
        class: `frame ${this.looks.hue(node)}${isAbove ? " above" : ""}${this.matches(node) ? " found" : ""}`,
        role: "treeitem",
        tabindex: -1,
        "aria-level": level + 1,
        "aria-selected": "false",
        "aria-expanded": node.children.length > 0 ? String(!isAbove) : undefined,
        "aria-label": `${label}, ${this.looks.spoken(node)}`,
      },
      make("span", { class: "label" }, label),
    );
    frame.style.left = `${left * 100}%`;
    frame.style.width = `${width * 100}%`;
    frame.style.top = `${level * FRAME_HEIGHT}px`;
    this.frames.set(frame, node);
    return frame;
  }

  /**
   * @param {NodeOfGraph} node
   * @returns {boolean}
   */
  matches(node) {
    return this.text !== "" && this.places.frame(node.place).toLowerCase().includes(this.text);
  }

  /**
   * Mark what contains a text.
   * @param {string} text
   * @returns {number} the share of all time below what was found
   */
  search(text) {
    this.text = text.toLowerCase();
    for (const [frame, node] of this.frames) frame.classList.toggle("found", this.matches(node));
    if (!this.root || !this.text) return 0;
    let found = 0;
    /** @type {NodeOfGraph[]} */
    const ahead = [this.root];
    for (let node = ahead.pop(); node; node = ahead.pop()) {
      if (node.place !== -3 && this.matches(node)) found += node.total_s;
      else ahead.push(...node.children);
    }
    return found / (this.root.total_s || 1);
  }

  /**
   * The node of a line that has most time.
   * @param {number} place
   * @returns {NodeOfGraph | null}
   */
  heaviest(place) {
    const nodes = this.root ? allNodes(this.root).filter((node) => node.place === place) : [];
    return nodes.reduce(
      (best, node) => (best && best.total_s >= node.total_s ? best : node),
      /** @type {NodeOfGraph | null} */ (null),
    );
  }

  /**
   * @param {Event} event
   * @returns {NodeOfGraph | undefined}
   */
  nodeOf(event) {
    const target = /** @type {Element | null} */ (event.target);
    const frame = /** @type {HTMLElement | null} */ (target?.closest(".frame") ?? null);
    return frame ? this.frames.get(frame) : undefined;
  }

  /** @param {Event} event */
  pick(event) {
    const node = this.nodeOf(event);
    if (node) this.choose(node);
  }

  /** @param {PointerEvent} event */
  hover(event) {
    const node = this.nodeOf(event);
    if (!node) {
      this.tooltip.hide();
      return;
    }
    this.tooltip.show(
      { title: this.places.frame(node.place), state: "none", facts: this.looks.facts(node) },
      [],
      event.clientX,
      event.clientY,
    );
  }

  /**
   * @param {NodeOfGraph} node
   * @returns {[name: string, value: string][]}
   */
  timesOf(node) {
    const share = percent(node.total_s / (this.root?.total_s || 1));
    return [
      ["in all", `${seconds(node.total_s)}, ${share}`],
      ["itself", seconds(node.own_s)],
    ];
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const node = this.nodeOf(event);
    if (!node) return;
    const siblings = node.parent?.children ?? [node];
    const at = siblings.indexOf(node);
    /** @type {Record<string, NodeOfGraph | null | undefined>} */
    const ways = {
      ArrowDown: node.children[0],
      ArrowUp: node.parent,
      ArrowRight: siblings[at + 1],
      ArrowLeft: siblings[at - 1],
    };
    if (event.key === "Enter" || event.key === " ") this.choose(node);
    else if (event.key === "Escape" && this.root) this.choose(this.root);
    else if (event.key in ways) this.focusNode(ways[event.key]);
    else return;
    event.preventDefault();
  }

  /** @param {NodeOfGraph | null | undefined} node */
  focusNode(node) {
    const frame = [...this.frames].find(([, each]) => each === node)?.[0];
    if (!frame) return;
    for (const each of this.frames.keys()) each.tabIndex = -1;
    frame.tabIndex = 0;
    frame.focus();
  }
}

/**
 * @param {NodeOfGraph} node
 * @returns {NodeOfGraph[]} from the root down, without the node
 */
function pathTo(node) {
  const path = [];
  for (let above = node.parent; above; above = above.parent) path.unshift(above);
  return path;
}

/**
 * Frames of one file have one colour.
 * @param {PlacesOfGraph} places
 * @param {NodeOfGraph} node
 * @returns {string}
 */
function hueOf(places, node) {
  if (!places.has(node.place)) return "hue-none";
  const file = places.file(node.place);
  let hash = 7;
  for (const letter of file) hash = (hash * 31 + letter.charCodeAt(0)) % 9973;
  return `hue-${hash % HUES}`;
}
