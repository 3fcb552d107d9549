// Who makes whom wait: rows made others wait, columns waited.

import { make, makeButton, tableBehind, viewSection } from "./elements.js";
import { HeatCanvas } from "./heatcanvas.js";
import { percent, seconds } from "./units.js";

/** @typedef {import("./guide.js").Guide} GuideOfMatrix */
/** @typedef {import("./tooltip.js").Tooltip} TooltipOfMatrix */
/** @typedef {{names: string[], lanes: (number | null)[], wait_s: number[][]}} Square */

/** Up to here, a table with numbers can be read. */
const MOST_IN_TABLE = 14;

/**
 * @param {PictureMatrix | null} matrix
 * @param {PictureLane[]} lanes
 * @param {GuideOfMatrix} guide
 * @param {TooltipOfMatrix} tooltip
 * @returns {{recolour: () => void} | null}
 */
export function showMatrix(matrix, lanes, guide, tooltip) {
  const section = viewSection("matrix");
  if (!section) return null;
  if (!matrix || matrix.cells.length === 0) {
    section.append(make("p", { class: "hint" }, "No thread made another one wait."));
    return null;
  }
  const byThread = threadSquare(matrix, lanes);
  const byGroup = groupSquare(matrix, lanes);
  const isGrouped = byGroup.names.length > 1 && byGroup.names.length < byThread.names.length;
  const place = make("div", { class: "matrix" });
  /** @type {HeatCanvas | null} */
  let canvas = null;
  const show = (/** @type {Square} */ square) => {
    canvas = square.names.length > MOST_IN_TABLE ? new HeatCanvas(square, tooltip, guide) : null;
    place.replaceChildren(canvas ? canvas.element : heatTable(square, guide));
    canvas?.draw();
  };
  section.append(
    make(
      "p",
      { class: "hint" },
      "Rows made others wait, columns waited, in thread-seconds. The stronger the colour, the longer.",
    ),
  );
  if (isGrouped) section.append(switchOf(byThread, byGroup, show));
  section.append(place, topPairs(byThread));
  if (matrix.folded_s > 0) {
    section.append(
      make(
        "p",
        { class: "hint" },
        `Pairs too small for this page are left out: ${seconds(matrix.folded_s)} in all.`,
      ),
    );
  }
  show(isGrouped && byThread.names.length > MOST_IN_TABLE ? byGroup : byThread);
  return { recolour: () => canvas?.draw() };
}

/**
 * @param {Square} byThread
 * @param {Square} byGroup
 * @param {(square: Square) => void} show
 * @returns {HTMLElement}
 */
function switchOf(byThread, byGroup, show) {
  const isFew = byThread.names.length <= MOST_IN_TABLE;
  const choose = (/** @type {number} */ chosen) => {
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === chosen)));
    show([byGroup, byThread][chosen]);
  };
  const buttons = [
    makeButton(`By group (${byGroup.names.length})`, () => choose(0), { "aria-pressed": String(!isFew) }),
    makeButton(`By thread (${byThread.names.length})`, () => choose(1), { "aria-pressed": String(isFew) }),
  ];
  return make("div", { class: "tabs", role: "group", "aria-label": "By group or by thread" }, ...buttons);
}

/**
 * As the picture has it: threads, or where those are too many, some of them already together.
 * @param {PictureMatrix} matrix
 * @param {PictureLane[]} lanes
 * @returns {Square}
 */
function threadSquare(matrix, lanes) {
  const names = matrix.names.map((name, i) => (matrix.groups[i] ? `${name}, ${matrix.groups[i]}` : name));
  const shown = matrix.lanes.map((lane, i) => lane ?? laneOfGroup(lanes, matrix.names[i]));
  return square(names, shown, matrix.cells);
}

/**
 * @param {PictureMatrix} matrix
 * @param {PictureLane[]} lanes
 * @returns {Square}
 */
function groupSquare(matrix, lanes) {
  const labels = matrix.names.map((name, i) => {
    const lane = matrix.lanes[i];
    return (lane === null ? null : lanes[lane]?.group) ?? name;
  });
  const names = [...new Set(labels)];
  const index = labels.map((label) => names.indexOf(label));
  const shown = names.map((name) => matrix.lanes[labels.indexOf(name)] ?? laneOfGroup(lanes, name));
  return square(
    names,
    shown,
    matrix.cells.map(([culprit, victim, wait_s]) => [index[culprit], index[victim], wait_s]),
  );
}

/**
 * @param {PictureLane[]} lanes
 * @param {string} group
 * @returns {number | null}
 */
function laneOfGroup(lanes, group) {
  const index = lanes.findIndex((lane) => lane.group === group);
  return index < 0 ? null : index;
}

/**
 * Names ordered by what they have to do with waiting.
 * @param {string[]} names
 * @param {(number | null)[]} lanes
 * @param {PictureMatrix["cells"]} cells
 * @returns {Square}
 */
function square(names, lanes, cells) {
  const weight = new Float64Array(names.length);
  for (const [culprit, victim, wait_s] of cells) {
    weight[culprit] += wait_s;
    weight[victim] += wait_s;
  }
  const order = names
    .map((_, i) => i)
    .filter((i) => weight[i] > 0)
    .sort((a, b) => weight[b] - weight[a]);
  const position = new Map(order.map((from, to) => [from, to]));
  const wait_s = order.map(() => order.map(() => 0));
  for (const [culprit, victim, s] of cells) {
    const row = position.get(culprit);
    const column = position.get(victim);
    if (row !== undefined && column !== undefined) wait_s[row][column] += s;
  }
  return { names: order.map((i) => names[i]), lanes: order.map((i) => lanes[i]), wait_s };
}

/**
 * @param {Square} square
 * @param {GuideOfMatrix} guide
 * @returns {HTMLElement}
 */
function heatTable(square, guide) {
  const most = Math.max(...square.wait_s.flat(), 1e-12);
  const name = (/** @type {number} */ i) => {
    const lane = square.lanes[i];
    return lane === null
      ? square.names[i]
      : makeButton(square.names[i], () => guide.showLane?.(lane), { class: "link" });
  };
  const cells = (/** @type {number[]} */ row) =>
    row.map((s) => {
      const cell = make(
        "td",
        { class: `number heat${s > most / 2 ? " hot" : ""}` },
        s > 0 ? seconds(s) : "·",
      );
      cell.style.setProperty("--heat", String(Math.round((100 * s) / most)));
      return cell;
    });
  return make(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Who makes whom wait" },
    make(
      "table",
      { class: "square" },
      make("caption", { class: "unseen" }, "Rows made others wait, columns waited"),
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          make("th", { scope: "col", class: "corner" }, "made wait ↓  waited →"),
          ...square.names.map((each) => make("th", { scope: "col", class: "number" }, each)),
        ),
      ),
      make(
        "tbody",
        {},
        ...square.wait_s.map((row, i) =>
          make("tr", {}, make("th", { scope: "row" }, name(i)), ...cells(row)),
        ),
      ),
    ),
  );
}

/**
 * @param {Square} square
 * @returns {HTMLElement}
 */
function topPairs(square) {
  const total = square.wait_s.flat().reduce((sum, s) => sum + s, 0) || 1;
  const pairs = square.wait_s.flatMap((row, i) => row.map((s, j) => ({ i, j, s })));
  const rows = pairs
    .filter(({ s }) => s > 0)
    .sort((a, b) => b.s - a.s)
    .slice(0, 40)
    .map(({ i, j, s }) => [square.names[i], square.names[j], seconds(s), percent(s / total)]);
  return tableBehind("The worst pairs, as a table", ["made wait", "who waited", "waited", "of all"], rows);
}
