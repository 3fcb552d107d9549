// How long waits and holds were: histograms on a scale of powers of ten.

import { make, makeSvg, tableBehind, viewSection } from "./elements.js";
import { counted, seconds, whole } from "./units.js";

/** @type {Record<string, [title: string, noun: string]>} */
const DISTRIBUTION_WORDS = {
  wait: ["Waits for the GIL", "wait"],
  hold: ["Holds of the GIL", "hold"],
  lock: ["Waits for locks", "wait"],
};
const WIDTH = 520;
const HEIGHT = 184;
const BASE = 150;
const CEILING = 46;
const SIDE = 12;
const EDGE = 30; // half of the widest name
const LETTER = 8;

/** @param {Partial<Record<string, PictureDistribution>>} distributions */
export function showDistributions(distributions) {
  const section = viewSection("distributions");
  if (!section) return;
  const kinds = Object.entries(distributions).flatMap(([kind, each]) =>
    each?.counts.some((count) => count > 0) ? [/** @type {const} */ ([kind, each])] : [],
  );
  if (kinds.length === 0) section.append(make("p", { class: "hint" }, "There was nothing to count."));
  section.append(make("div", { class: "histograms" }, ...kinds.map(([kind, each]) => histogram(kind, each))));
}

/**
 * @param {string} kind
 * @param {PictureDistribution} distribution
 * @returns {HTMLElement}
 */
function histogram(kind, distribution) {
  const [title, noun] = DISTRIBUTION_WORDS[kind] ?? [kind, "one"];
  const { edges_s, counts, p50_s, p90_s, p99_s, max_s } = distribution;
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  const from = Math.log10(Math.max(edges_s[first], 1e-9));
  const to = Math.log10(Math.max(edges_s[last + 1], max_s));
  const x = (/** @type {number} */ s) =>
    SIDE + ((Math.log10(Math.max(s, 1e-9)) - from) / Math.max(0.01, to - from)) * (WIDTH - 2 * SIDE);
  const most = Math.max(...counts);
  const bars = counts.slice(first, last + 1).map((count, i) => {
    const left = x(edges_s[first + i]);
    const height = count > 0 ? Math.max(1.5, (count / most) * (BASE - CEILING)) : 0;
    return makeSvg(
      "rect",
      {
        class: `count ${kind}`,
        x: left,
        y: BASE - height,
        width: Math.max(1, x(edges_s[first + i + 1]) - left - 1),
        height,
      },
      makeSvg(
        "title",
        {},
        `${seconds(edges_s[first + i])} to ${seconds(edges_s[first + i + 1])}: ${whole(count)}`,
      ),
    );
  });
  const total = counts.reduce((sum, count) => sum + count, 0);
  /** @type {[string, number][]} */
  const quantiles = [
    ["p50", p50_s],
    ["p90", p90_s],
    ["p99", p99_s],
    ["max", max_s],
  ];
  const words = quantiles.map(([name, s]) => `${name} ${seconds(s)}`).join(", ");
  const svg = makeSvg(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: "img",
      "aria-label": `${title}: ${counted(total, noun)}, ${words}`,
    },
    ...bars,
    ...decades(from, to, x),
    ...quantileMarks(quantiles, x),
  );
  const rows = counts
    .slice(first, last + 1)
    .map((count, i) => [
      `${seconds(edges_s[first + i])} to ${seconds(edges_s[first + i + 1])}`,
      whole(count),
    ]);
  return make(
    "figure",
    { class: "histogram" },
    make("figcaption", {}, make("strong", {}, title), ` ${counted(total, noun)}`),
    svg,
    make(
      "dl",
      { class: "quantiles" },
      ...quantiles.map(([name, s]) => make("div", {}, make("dt", {}, name), make("dd", {}, seconds(s)))),
    ),
    tableBehind(`${title}, as a table`, ["how long", "how many"], rows),
  );
}

/**
 * @param {number} from as a power of ten
 * @param {number} to
 * @param {(s: number) => number} x
 * @returns {SVGElement[]}
 */
function decades(from, to, x) {
  const marks = [
    makeSvg("line", { class: "axis", x1: SIDE, x2: WIDTH - SIDE, y1: BASE + 0.5, y2: BASE + 0.5 }),
  ];
  for (let power = Math.ceil(from); power <= to; power++) {
    const at = x(10 ** power);
    marks.push(makeSvg("line", { class: "axis", x1: at, x2: at, y1: BASE, y2: BASE + 5 }));
    const text = seconds(10 ** power).replace(".0 ", " ");
    // At the edges there is no room on one of the sides.
    const isFirst = at < EDGE;
    const isLast = at > WIDTH - EDGE;
    marks.push(
      makeSvg(
        "text",
        {
          class: "tick",
          x: Math.min(WIDTH - 2, Math.max(2, at + (isFirst ? -SIDE : isLast ? SIDE : 0))),
          y: BASE + 19,
          "text-anchor": isFirst ? "start" : isLast ? "end" : "middle",
        },
        text,
      ),
    );
  }
  return marks;
}

/**
 * Lines where the quantiles are; a name that would overlap the one before stands above it.
 * @param {[string, number][]} quantiles
 * @param {(s: number) => number} x
 * @returns {SVGElement[]}
 */
function quantileMarks(quantiles, x) {
  let right = -1;
  let level = 0;
  return quantiles.flatMap(([name, s]) => {
    const at = x(s);
    const wide = name.length * LETTER + 3;
    const isLast = at + wide > WIDTH;
    const left = isLast ? at - wide : at;
    level = left < right ? level + 1 : 0;
    right = left + wide;
    const y = CEILING - 6 - level * 12;
    return [
      makeSvg("line", { class: "quantile", x1: at, x2: at, y1: y - 8, y2: BASE }),
      makeSvg(
        "text",
        { class: "quantile-name", x: isLast ? at - 3 : at + 3, y, "text-anchor": isLast ? "end" : "start" },
        name,
      ),
    ];
  });
}
