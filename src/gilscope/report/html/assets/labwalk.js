// The reference count of one object: a slider through the code, and the object with all that refers to it.

import { make, makeSvg } from "./elements.js";
import { keepInView, stepper } from "./labstepper.js";

const STAGE = { width: 520, row: 30, box: 212, radius: 62, least: 230 };

/**
 * @typedef {object} WalkStop
 * @property {string} what
 * @property {string} code
 * @property {number | null} count
 * @property {boolean} freed
 * @property {string[]} references
 * @property {string[]} uncounted
 * @property {string} others
 */

export function walks() {
  for (const figure of document.querySelectorAll(".walk")) beginWalk(/** @type {HTMLElement} */ (figure));
}

/** @param {HTMLElement} figure */
function beginWalk(figure) {
  const items = /** @type {HTMLElement[]} */ ([...figure.querySelectorAll(".stops > li")]);
  const stops = items.map(stopOf);
  const most = Math.max(...stops.map((each) => referrers(each).length));
  const height = Math.max(STAGE.least, most * STAGE.row + 20);
  const stage = makeSvg("svg", {
    class: "stage",
    viewBox: `0 0 ${STAGE.width} ${height}`,
    "aria-hidden": "true",
  });
  const words = make("p", { class: "now", role: "status" });
  const lines = [...(figure.closest(".step")?.querySelectorAll(".beside [data-stop]") ?? [])];
  const columns = [...figure.querySelectorAll(".stairs [data-stop]")];
  const controls = stepper(stops.length, "Moments of the walk", (step) => {
    const before = step > 0 ? stops[step - 1] : null;
    drawStage(stage, stops[step], before, height);
    words.replaceChildren(...saidOf(stops[step], before));
    for (const each of [...lines, ...columns, ...items]) {
      const at = Number(/** @type {HTMLElement | SVGElement} */ (each).dataset.stop);
      each.classList.toggle("current", at === step);
      each.classList.toggle("ahead", at > step);
    }
    const current = lines.find((each) => each.classList.contains("current"));
    if (current) keepInView(/** @type {HTMLElement} */ (current));
  });
  const caption = figure.querySelector("figcaption");
  caption?.after(controls, words, stage);
  fold(figure);
}

/**
 * The moments as a list are for readers without a script, and for those who want them at once.
 * @param {HTMLElement} figure
 */
function fold(figure) {
  const list = figure.querySelector(".stops");
  if (!list) return;
  const details = make("details", { class: "numbers" }, make("summary", {}, "All moments as a list"));
  list.before(details);
  details.append(list);
}

/**
 * @param {HTMLElement} item
 * @returns {WalkStop}
 */
function stopOf(item) {
  const data = item.dataset;
  return {
    what: item.querySelector(".what")?.textContent ?? "",
    code: item.querySelector("code")?.textContent ?? "",
    count: data.count === undefined ? null : Number(data.count),
    freed: data.freed === "yes",
    references: JSON.parse(data.references ?? "[]"),
    uncounted: JSON.parse(data.uncounted ?? "[]"),
    others: data.others ?? "",
  };
}

/**
 * @param {WalkStop} stop
 * @returns {{name: string, kind: string}[]}
 */
function referrers(stop) {
  const all = stop.references.map((name) => ({ name, kind: "counted" }));
  if (stop.others && !stop.freed) all.push({ name: stop.others, kind: "others" });
  return [...all, ...stop.uncounted.map((name) => ({ name, kind: "uncounted" }))];
}

/**
 * @param {WalkStop} stop
 * @param {WalkStop | null} before
 * @returns {(Node | string)[]}
 */
function saidOf(stop, before) {
  const parts = stop.code ? [make("code", {}, stop.code), " "] : [];
  if (stop.freed) return [...parts, `${stop.what}: the object is freed.`];
  if (stop.count === null) return [...parts, `${stop.what}.`];
  const change = before?.count == null ? 0 : stop.count - before.count;
  const moved =
    change === 0 ? (before ? ", as before" : "") : ` (${change > 0 ? "+" : "−"}${Math.abs(change)})`;
  return [...parts, `${stop.what}: the count is ${stop.count}${moved}.`];
}

/**
 * @param {SVGElement} stage
 * @param {WalkStop} stop
 * @param {WalkStop | null} before
 * @param {number} height
 */
function drawStage(stage, stop, before, height) {
  const x = STAGE.width - STAGE.radius - 14;
  const y = height / 2;
  const all = referrers(stop);
  const known = new Set(before ? referrers(before).map((each) => each.name) : []);
  const top = y - (all.length * STAGE.row) / 2;
  const boxes = all.map((each, number) => {
    const isNew = before !== null && !known.has(each.name);
    return box(each, top + (number + 0.5) * STAGE.row, { x, y }, isNew);
  });
  const count = stop.freed ? "–" : stop.count === null ? "?" : String(stop.count);
  stage.replaceChildren(
    ...boxes,
    makeSvg(
      "g",
      { class: stop.freed ? "object freed" : "object" },
      makeSvg("circle", { cx: x, cy: y, r: STAGE.radius }),
      makeSvg("text", { x, y: y + 14, "text-anchor": "middle", class: "count-big" }, count),
      makeSvg(
        "text",
        { x, y: y - 30, "text-anchor": "middle", class: "caption" },
        stop.freed ? "freed" : "count",
      ),
    ),
  );
}

/**
 * What refers to the object, and an arrow to it: dashed where it is not counted.
 * @param {{name: string, kind: string}} referrer
 * @param {number} y
 * @param {{x: number, y: number}} object its middle
 * @param {boolean} isNew
 * @returns {SVGElement}
 */
function box(referrer, y, object, isNew) {
  const from = { x: STAGE.box + 6, y };
  const length = Math.hypot(object.x - from.x, object.y - from.y);
  const share = (length - STAGE.radius - 4) / length;
  const to = { x: from.x + (object.x - from.x) * share, y: from.y + (object.y - from.y) * share };
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const wing = (/** @type {number} */ turn) =>
    `${to.x - 10 * Math.cos(angle + turn)},${to.y - 10 * Math.sin(angle + turn)}`;
  return makeSvg(
    "g",
    { class: `referrer ${referrer.kind}${isNew ? " new" : ""}` },
    makeSvg("line", { x1: from.x, y1: from.y, x2: to.x, y2: to.y }),
    makeSvg("polygon", { points: `${to.x},${to.y} ${wing(0.4)} ${wing(-0.4)}` }),
    makeSvg("rect", { x: 2, y: y - 12, width: STAGE.box, height: 24, rx: 6 }),
    makeSvg("text", { x: 12, y: y + 5 }, referrer.name),
  );
}
