// The section of the timeline: what stands around the lanes.

import { describeSegment, sharesIn } from "./describe.js";
import { Legend, MARK_WORDS } from "./legend.js";
import { Moments } from "./moments.js";
import { make, makeButton, makeTable, tableBehind, viewSection } from "./elements.js";
import { stateWords } from "./recording.js";
import { Timeline } from "./timeline.js";
import { counted, duration, moment, percent, seconds } from "./units.js";

/** @typedef {import("./guide.js").Guide} GuideOfTimeline */
/** @typedef {import("./recording.js").Recording} RecordingToView */
/** @typedef {import("./tooltip.js").Tooltip} TooltipToView */

const KEYS = [
  ["+ and −", "zoom in and out (W and S, too)"],
  ["← and →", "go back and forth in time (A and D, too)"],
  ["↑ and ↓", "choose a row"],
  ["N and P", "the next and the previous span of the row"],
  ["Enter", "zoom to the span, or unfold the group"],
  ["0", "show everything"],
  ["Escape", "choose nothing"],
];
/** Timeline, toolbar, legend, and the panel of what is selected. */
export class TimelineView {
  /**
   * @param {HTMLElement} section
   * @param {RecordingToView} recording
   * @param {GuideOfTimeline} guide
   * @param {TooltipToView} tooltip
   */
  constructor(section, recording, guide, tooltip) {
    this.section = section;
    this.recording = recording;
    this.guide = guide;
    this.timeline = new Timeline(recording, tooltip);
    this.range = make("span", { class: "range" });
    this.finding = make("p", { class: "finding" });
    this.panel = make("div", { class: "selected", role: "status" });
    this.moments = new Moments(this.timeline);
    this.legend = new Legend(recording);
    this.inSight = make("div", {});
    section.append(
      this.toolbar(),
      this.moments.element,
      this.timeline.element,
      this.finding,
      this.legend.element,
      this.panel,
      ...this.tables(),
    );
    this.timeline.viewport.onChange(() => this.update());
    this.timeline.selectListeners.push((segment, row) => this.describe(segment, row?.label ?? ""));
    this.describe(-1, "");
    this.legend.paint(this.timeline.palette);
  }

  toolbar() {
    const { viewport } = this.timeline;
    const windows = this.recording.marks.filter((mark) => mark.kind === "window");
    return make(
      "div",
      { class: "toolbar", role: "group", "aria-label": "Zoom" },
      makeButton("−", () => viewport.zoom(1 / 0.5), { "aria-label": "Zoom out" }),
      makeButton("+", () => viewport.zoom(0.5), { "aria-label": "Zoom in" }),
      makeButton("Show all", () => viewport.showAll()),
      ...windows
        .slice(0, 5)
        .map((mark) =>
          makeButton(mark.text || "Window", () => viewport.focus(mark.from_s * 1e9, mark.to_s * 1e9, 0.05)),
        ),
      ...exactChoice(this.recording.exact, (from, to) => viewport.focus(from, to, 0)),
      this.range,
    );
  }

  tables() {
    const keys = KEYS.map(([key, what]) => [make("kbd", {}, key), what]);
    const help = make(
      "details",
      { class: "as-table" },
      make("summary", {}, "Keys and mouse"),
      make(
        "p",
        { id: "timeline-keys" },
        "Drag to move, hold Ctrl and turn the wheel (or pinch) to zoom, click on a span to read about it. Once the timeline has the focus, the wheel zooms without Ctrl, and these keys work:",
      ),
      makeTable("Keys of the timeline", ["key", "what it does"], keys),
    );
    const table = make(
      "details",
      { class: "as-table" },
      make("summary", {}, "What is in sight, as a table"),
      this.inSight,
    );
    table.addEventListener("toggle", () => this.update());
    this.sightTable = table;
    return [help, table, ...this.markTable()];
  }

  markTable() {
    const { marks } = this.recording;
    if (marks.length === 0) return [];
    const rows = marks
      .slice(0, 500)
      .map((mark) => [
        makeButton(mark.text || MARK_WORDS[mark.kind], () => this.showMark(mark), { class: "link" }),
        MARK_WORDS[mark.kind],
        mark.lane === null ? "" : this.recording.lanes[mark.lane].picture.name,
        seconds(mark.from_s),
        seconds(mark.to_s - mark.from_s),
      ]);
    return [
      tableBehind(`Marked moments (${marks.length})`, ["moment", "kind", "thread", "from", "lasted"], rows),
    ];
  }

  /** @param {PictureMark} mark */
  showMark(mark) {
    if (mark.lane !== null) this.timeline.showLane(this.recording.lanes[mark.lane]);
    this.timeline.viewport.focus(mark.from_s * 1e9, mark.to_s * 1e9, 1);
    this.guide.goTo(this.section);
  }

  /** After a movement. */
  update() {
    const { viewport, scene, overlay } = this.timeline;
    const step = viewport.length / 200;
    this.range.textContent = viewport.isWhole
      ? `all ${duration(viewport.length)}`
      : `${duration(viewport.length)}: ${moment(viewport.from, step)} to ${moment(viewport.to, step)}`;
    const words = [];
    const pixel = duration(viewport.length / Math.max(1, scene.width));
    if (scene.isAggregated)
      words.push(`A column of pixels is ${pixel} here and covers several spans: it shows their shares.`);
    else words.push("Every span in sight is drawn for itself.");
    const exact = this.recording.exactWords(viewport.from, viewport.to);
    if (exact) words.push(exact);
    if (scene.isMixed)
      words.push(`Where a dotted line runs above, only shares are known, not when: ${this.mixedWords()}.`);
    if (overlay.hiddenArrows > 0)
      words.push(
        `Zoom in to see who woke whom: ${counted(overlay.hiddenArrows, "arrow")} in sight would hide the rest.`,
      );
    this.finding.textContent = words.join(" ");
    if (this.sightTable?.open) this.fillSight();
  }

  /** Why there are stretches of which only shares are known. */
  mixedWords() {
    const limits = this.recording.picture.lanes.map((lane) => lane.exact_ns).filter((each) => each > 0);
    if (limits.length === 0)
      return "how much of such a stretch was computing is measured, its moments are not";
    const [least, most] = [duration(Math.min(...limits)), duration(Math.max(...limits))];
    const shorter = least === most ? most : `${least} to ${most} (by thread)`;
    const isSomewhere = this.recording.exact.length > 0;
    const exact = isSomewhere ? "; below a blue bar, every one is drawn as it was recorded" : "";
    return `to keep this page small, spans shorter than ${shorter} were summed up when it was made, and zooming in does not part them${exact}`;
  }

  fillSight() {
    const { from, to } = this.timeline.viewport;
    const used = this.legend.states;
    const rows = this.timeline.rows
      .filter((row) => row.isShown)
      .slice(0, 300)
      .map((row) => {
        const shares = new Map(sharesIn(this.recording, row.lanes, from, to).parts);
        return [row.label, ...used.map((state) => percent(shares.get(state) ?? 0))];
      });
    this.inSight.replaceChildren(
      make(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": "What is in sight" },
        makeTable("Shares of what is in sight", ["row", ...used.map((each) => stateWords(each))], rows),
      ),
    );
  }

  /**
   * @param {number} segment
   * @param {string} name of the row
   */
  describe(segment, name) {
    if (segment < 0) {
      this.panel.replaceChildren(
        make(
          "p",
          { class: "hint" },
          name
            ? `${name}: click on a span, or press N, to read about it.`
            : "Click on a span to read about it. Hold Ctrl and turn the wheel to zoom, drag to move.",
        ),
      );
      return;
    }
    const lane = this.recording.laneOf(segment);
    const { title, facts } = describeSegment(this.recording, lane, segment);
    const list = facts.flatMap(([fact, value, place]) => [
      make("dt", {}, fact),
      make("dd", {}, place === undefined ? value : this.guide.placeLink(place, value)),
    ]);
    const actions = [makeButton("Zoom to it", () => this.timeline.focusOn(segment))];
    const blamed = this.recording.blamed(segment);
    if (blamed && lane.picture.kind !== "gil") {
      actions.push(makeButton("Show who had it", () => this.timeline.showLane(blamed.lane)));
    }
    this.panel.replaceChildren(
      make("h3", {}, title),
      make("dl", {}, ...list),
      make("div", { class: "actions" }, ...actions),
    );
  }

  /**
   * @param {number[]} places
   * @param {string} name
   */
  showMoments(places, name) {
    this.moments.show(places, name);
    this.guide.goTo(this.section);
  }

  /** @param {number} index */
  goToLane(index) {
    const lane = this.recording.lanes[index];
    if (!lane) return;
    this.timeline.showLane(lane);
    this.guide.goTo(this.section);
  }

  /**
   * @param {number} from_s
   * @param {number} to_s
   */
  goToTime(from_s, to_s) {
    this.timeline.viewport.focus(from_s * 1e9, to_s * 1e9, 0.1);
    this.guide.goTo(this.section);
  }

  /** @param {number} process */
  goToProcess(process) {
    const row = this.timeline.rows.find((each) => each.lanes[0]?.picture.process === process);
    if (!row) return;
    const { start_s, end_s } = this.recording.picture.processes[process];
    if (row.kind === "process" && !row.isOpen) this.timeline.fold(row);
    this.timeline.viewport.show(start_s * 1e9, end_s * 1e9);
    this.timeline.scrollTo(row);
    this.timeline.select(-1, row);
    this.guide.goTo(this.section);
  }

  recolour() {
    this.timeline.recolour();
    this.legend.paint(this.timeline.palette);
  }
}

/**
 * Ways to the stretches that are as recorded where the rest is summed up.
 * @param {PictureStretch[]} exact
 * @param {(from_ns: number, to_ns: number) => void} go
 * @returns {HTMLElement[]}
 */
function exactChoice(exact, go) {
  if (exact.length === 0) return [];
  const options = exact.map((each, i) =>
    make(
      "option",
      { value: i },
      `${seconds(each.from_s)}: ${each.text}, ${seconds(each.to_s - each.from_s)}`,
    ),
  );
  const choice = make(
    "select",
    { "aria-label": "Stretches in which every hold is drawn as recorded" },
    make("option", { value: "" }, "Exact stretches …"),
    ...options,
  );
  choice.addEventListener("change", () => {
    const each = exact[Number(choice.value)];
    if (choice.value !== "" && each) go(each.from_s * 1e9, each.to_s * 1e9);
  });
  return [choice];
}

/**
 * @param {RecordingToView} recording
 * @param {GuideOfTimeline} guide
 * @param {TooltipToView} tooltip
 * @returns {TimelineView | null}
 */
export function showTimeline(recording, guide, tooltip) {
  const section = viewSection("timeline");
  return section ? new TimelineView(section, recording, guide, tooltip) : null;
}
