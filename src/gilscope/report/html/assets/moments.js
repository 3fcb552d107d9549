// The moments of a line on the timeline: marked there, and gone through one by one.

import { make, makeButton } from "./elements.js";
import { counted } from "./units.js";

/** @typedef {import("./timeline.js").Timeline} TimelineOfMoments */

/** A bar above the timeline while there are moments to go through. */
export class Moments {
  /** @param {TimelineOfMoments} timeline */
  constructor(timeline) {
    this.timeline = timeline;
    this.current = -1;
    this.text = make("span", { role: "status" });
    this.element = make("div", { class: "moments", role: "group", "aria-label": "Moments", hidden: true });
  }

  /**
   * Mark the holds of lines, and show the longest of them.
   * @param {number[]} places
   * @param {string} name
   */
  show(places, name) {
    const moments = this.timeline.recording.holdsOf(places);
    this.timeline.emphasis.moments = moments;
    const alone = moments.filter((each) => this.timeline.recording.isSingle(each)).length;
    const rest = moments.length - alone;
    const several = rest > 0 ? `, and ${counted(rest, "sum")} of several holds, mostly of it` : "";
    this.text.textContent =
      moments.length > 0
        ? `${counted(alone, "hold")} with this line${several}`
        : "no hold on this page is known to be mostly this line: others ran for longer, or its holds are summed up";
    const ways = [makeButton("‹ Previous", () => this.go(-1)), makeButton("Next ›", () => this.go(1))];
    this.element.replaceChildren(
      make("strong", {}, name),
      this.text,
      ...(moments.length > 0 ? ways : []),
      makeButton("Done", () => this.end()),
    );
    this.element.hidden = false;
    this.reveal(moments);
  }

  /** @param {number} by */
  go(by) {
    const { moments } = this.timeline.emphasis;
    this.current = (this.current + by + moments.length) % moments.length;
    this.text.textContent = ` ${this.current + 1} of ${moments.length} `;
    this.timeline.focusOn(moments[this.current]);
  }

  /** @param {number[]} moments */
  reveal(moments) {
    const { begin, end } = this.timeline.recording;
    const length = (/** @type {number} */ i) => end[i] - begin[i];
    if (moments.length === 0) return;
    // Single holds say more than sums of many.
    const single = moments.filter((each) => this.timeline.recording.isSingle(each));
    const longest = (single.length > 0 ? single : moments).reduce((best, each) =>
      length(each) > length(best) ? each : best,
    );
    const row = this.timeline.showLane(this.timeline.recording.laneOf(longest));
    this.timeline.viewport.focus(begin[longest], end[longest], 4);
    this.timeline.select(longest, row);
    this.current = moments.indexOf(longest);
  }

  end() {
    this.timeline.emphasis.moments = [];
    this.element.hidden = true;
    this.timeline.viewport.ask();
  }
}
