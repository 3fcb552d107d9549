// The program's text, with what each line held, waited and cost others beside it.

import { make, makeButton, viewSection } from "./elements.js";
import { seconds } from "./units.js";

/** @typedef {import("./guide.js").Guide} GuideOfSources */
/** @typedef {import("./names.js").Places} PlacesOfSources */
/** @typedef {PictureSource["lines"][number]} SourceLine */

const COLUMNS = [
  ["held", 2],
  ["waited", 3],
  ["made others wait", 4],
];
const MOST_COSTLY = 6;

/** One file at a time. */
export class SourcesView {
  /**
   * @param {HTMLElement} section
   * @param {PictureSource[]} sources
   * @param {PlacesOfSources} places
   * @param {GuideOfSources} guide
   */
  constructor(section, sources, places, guide) {
    this.section = section;
    this.sources = sources;
    this.places = places;
    this.guide = guide;
    this.shown = -1;
    this.body = make("div", { class: "source" });
    this.select = make(
      "select",
      { id: "source-file" },
      ...sources.map((source, i) =>
        make(
          "option",
          { value: i },
          `${source.file}: ${seconds(sum(source, 4))} caused, ${seconds(sum(source, 2))} held`,
        ),
      ),
    );
    this.select.addEventListener("change", () => this.show(Number(this.select.value)));
    section.append(
      make(
        "p",
        { class: "hint" },
        "Costly lines and what stands around them. Which line ran in a hold is sampled; how long holds and waits were is not.",
      ),
      make("div", { class: "toolbar" }, make("label", { for: "source-file" }, "File "), this.select),
      this.body,
    );
    this.show(0);
  }

  /** @param {number} index */
  show(index) {
    if (index === this.shown) return;
    this.shown = index;
    this.select.value = String(index);
    const source = this.sources[index];
    const most = COLUMNS.map(([, column]) =>
      Math.max(...source.lines.map((line) => Number(line[Number(column)])), 1e-12),
    );
    /** @type {HTMLTableRowElement[]} */
    const rows = [];
    source.lines.forEach((line, i) => {
      const before = source.lines[i - 1];
      if (before && line[0] > before[0] + 1) {
        rows.push(make("tr", { class: "gap" }, make("td", { colspan: 6 }, "⋯")));
      }
      rows.push(this.line(source.file, line, most));
    });
    const table = make(
      "table",
      {},
      make("caption", { class: "unseen" }, `Costs of the lines of ${source.file}`),
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          make("th", { scope: "col", class: "number" }, "line"),
          make("th", { scope: "col" }, "text"),
          ...COLUMNS.map(([name]) => make("th", { scope: "col", class: "number" }, String(name))),
          make("th", { scope: "col" }, make("span", { class: "unseen" }, "where to see it")),
        ),
      ),
      make("tbody", {}, ...rows),
    );
    this.body.replaceChildren(
      this.costly(source),
      make(
        "div",
        {
          class: "scroll code-scroll",
          tabindex: 0,
          role: "region",
          "aria-label": `Source of ${source.file}`,
        },
        table,
      ),
    );
  }

  /**
   * @param {string} file
   * @param {SourceLine} line
   * @param {number[]} most
   * @returns {HTMLTableRowElement}
   */
  line(file, line, most) {
    const cells = COLUMNS.map(([, column], i) => {
      const s = Number(line[Number(column)]);
      const cell = make(
        "td",
        { class: `number heat heat-${column}${s > most[i] / 2 ? " hot" : ""}` },
        s > 0 ? seconds(s) : "",
      );
      cell.style.setProperty("--heat", String(Math.round((100 * s) / most[i])));
      return cell;
    });
    const place = line[2] + line[3] + line[4] > 0 ? this.places.find(file, line[0]) : -1;
    return make(
      "tr",
      { "data-line": line[0] },
      make("th", { scope: "row", class: "number" }, String(line[0])),
      make("td", { class: "text" }, make("code", {}, line[1] ?? "(text not found)")),
      ...cells,
      make(
        "td",
        { class: "ways" },
        ...(place >= 0 ? [this.guide.momentsButton(place), " ", this.flameButton(place)] : []),
      ),
    );
  }

  /**
   * @param {number} place
   * @returns {HTMLElement}
   */
  flameButton(place) {
    const name = this.places.of(place);
    return makeButton("flame", () => this.guide.showFlame?.(place), {
      class: "small",
      "aria-label": `Show ${name} in the flame graph`,
    });
  }

  /**
   * The costly lines first: links to them.
   * @param {PictureSource} source
   * @returns {HTMLElement}
   */
  costly(source) {
    const cost = (/** @type {SourceLine} */ line) => line[4] * 1e6 + line[2] + line[3];
    const lines = source.lines
      .filter((line) => cost(line) > 0)
      .sort((a, b) => cost(b) - cost(a))
      .slice(0, MOST_COSTLY);
    return make(
      "ol",
      { class: "costly" },
      ...lines.map((line) =>
        make(
          "li",
          {},
          makeButton(`line ${line[0]}`, () => this.goToLine(line[0]), { class: "link" }),
          line[4] > 0 ? ` made others wait ${seconds(line[4])}` : ` held ${seconds(line[2])}`,
        ),
      ),
    );
  }

  /** @param {number} number */
  goToLine(number) {
    this.body.querySelectorAll("tr.target").forEach((each) => each.classList.remove("target"));
    const row = this.body.querySelector(`tr[data-line="${number}"]`);
    if (!row) return;
    row.classList.add("target");
    this.guide.goTo(this.section, /** @type {HTMLElement} */ (row));
  }

  /**
   * @param {number} place
   * @returns {boolean} whether the page has the line
   */
  showPlace(place) {
    const file = this.places.file(place);
    const number = this.places.line(place);
    const index = this.sources.findIndex(
      (source) => source.file === file && source.lines.some((line) => line[0] === number),
    );
    if (index < 0) return false;
    this.show(index);
    this.goToLine(number);
    return true;
  }
}

/**
 * @param {PictureSource} source
 * @param {number} column
 * @returns {number}
 */
function sum(source, column) {
  return source.lines.reduce((total, line) => total + Number(line[column]), 0);
}

/**
 * @param {PictureSource[]} sources
 * @param {PlacesOfSources} places
 * @param {GuideOfSources} guide
 * @returns {SourcesView | null}
 */
export function showSources(sources, places, guide) {
  const section = viewSection("sources");
  if (!section) return null;
  if (sources.length === 0) {
    section.append(make("p", { class: "hint" }, "The text of the costly lines was not found."));
    return null;
  }
  return new SourcesView(section, sources, places, guide);
}
