// Names in the static part of the page become links to where they can be seen.

/** @typedef {import("./guide.js").Guide} GuideOfLinks */
/** @typedef {import("./recording.js").Recording} RecordingOfLinks */

/**
 * @param {RecordingOfLinks} recording
 * @param {GuideOfLinks} guide
 */
export function linkNames(recording, guide) {
  /** @type {[string, (index: number) => void][]} */
  const kinds = [
    ["place", (index) => guide.showPlace(index)],
    ["lane", (index) => guide.showLane?.(index)],
    ["process", (index) => guide.showProcess?.(index)],
  ];
  for (const [kind, show] of kinds) {
    for (const each of document.querySelectorAll(`main [data-${kind}]`)) {
      const element = /** @type {HTMLElement} */ (each);
      const index = Number(element.dataset[kind]);
      guide.link(element, () => show(index));
      const cell = element.closest("td, th");
      if (kind === "place" && cell && !cell.querySelector(".small"))
        cell.append(" ", guide.momentsButton(index));
    }
  }
  for (const each of document.querySelectorAll("main [data-from-s]")) {
    const element = /** @type {HTMLElement} */ (each);
    const { fromS, toS } = element.dataset;
    guide.link(element, () => guide.showTime?.(Number(fromS), Number(toS ?? fromS)));
  }
  for (const code of document.querySelectorAll("#verdict code, #helps code, #windows code")) {
    linkCode(/** @type {HTMLElement} */ (code), recording, guide);
  }
}

/**
 * A name in a sentence: a line, a function or a thread, if it is the name of one only.
 * @param {HTMLElement} code
 * @param {RecordingOfLinks} recording
 * @param {GuideOfLinks} guide
 */
function linkCode(code, recording, guide) {
  if (code.closest("a") || code.querySelector("a")) return;
  const name = code.textContent ?? "";
  const { places } = recording;
  const lines = recording.picture.lines.map((_, place) => place);
  const exact = lines.filter((place) => places.of(place) === name);
  const named = exact.length > 0 ? exact : lines.filter((place) => places.function(place) === name);
  const lane = recording.lanes.find((each) => each.picture.name === name || each.picture.group === name);
  if (exact.length > 0) guide.link(code, () => guide.showPlace(costliest(exact, recording)));
  else if (lane) guide.link(code, () => guide.showLane?.(lane.index));
  else if (named.length > 0) guide.link(code, () => guide.showPlace(costliest(named, recording)));
}

/**
 * Of several lines, the one that costs most.
 * @param {number[]} places
 * @param {RecordingOfLinks} recording
 * @returns {number}
 */
function costliest(places, recording) {
  /** @type {Map<string, number>} */
  const costs = new Map();
  for (const source of recording.picture.sources ?? []) {
    for (const [line, , held_s, waited_s, caused_s] of source.lines) {
      costs.set(`${source.file}:${line}`, caused_s * 1e6 + held_s + waited_s);
    }
  }
  const cost = (/** @type {number} */ place) =>
    costs.get(`${recording.places.file(place)}:${recording.places.line(place)}`) ?? -1;
  return places.reduce((best, each) => (cost(each) > cost(best) ? each : best));
}
