// The figures beside the verdict: each leads to where it can be seen.

import { make } from "./elements.js";
import { percent, seconds } from "./units.js";

/** @param {Report} report */
export function keyFigures(report) {
  const verdict = document.getElementById("verdict");
  if (!verdict || !report) return;
  const figures = [];
  if (report.run.gil_enabled) {
    figures.push(
      figure(percent(report.gil.contended_fraction), "of the time, somebody waited for the GIL", "timeline"),
    );
    figures.push(figure(seconds(report.gil.wait_s), "waited for the GIL, all threads together", "matrix"));
  }
  const prediction = report.prediction;
  const rows =
    prediction?.rows.filter((each) => each.scenario === "no-gil" && each.cores !== null && each.cores > 1) ??
    [];
  const row = rows.find((each) => each.cores === report.run.cores) ?? rows.at(-1);
  if (prediction && !prediction.withheld && row) {
    figures.push(
      figure(
        seconds(row.wall_s),
        `without the GIL on ${row.cores} cores, instead of ${seconds(prediction.wall_s)}`,
        "without",
      ),
    );
  }
  const [worst] = report.blame;
  if (worst && worst.caused_wait_s > 0) {
    figures.push(
      figure(seconds(worst.caused_wait_s), "of waiting is due to the worst line alone", "sources"),
    );
  }
  if (figures.length > 0)
    (verdict.querySelector(".evidence") ?? verdict.querySelector("h2"))?.after(
      make("ul", { class: "figures" }, ...figures),
    );
}

/**
 * @param {string} value
 * @param {string} words
 * @param {string} part of the page
 * @returns {HTMLElement}
 */
function figure(value, words, part) {
  const content = [make("strong", {}, value), make("span", {}, words)];
  const isThere = document.getElementById(part) !== null;
  return make("li", {}, isThere ? make("a", { href: `#${part}` }, ...content) : make("div", {}, ...content));
}
