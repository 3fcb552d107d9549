// Ways from a name to where it can be seen: views say what they can show, links lead there.

import { make, makeButton, motion } from "./elements.js";
import { isInPage } from "./inpage.js";

/** @typedef {import("./names.js").Places} PlacesOfGuide */

/** What leads through the page. Views that a page lacks leave their ways undefined. */
export class Guide {
  /** @param {PlacesOfGuide} places */
  constructor(places) {
    this.places = places;
    /** @type {((place: number) => boolean) | null} whether the source is on the page */
    this.showSource = null;
    /** @type {((places: number[], name: string) => void) | null} */
    this.showMoments = null;
    /** @type {((lane: number) => void) | null} */
    this.showLane = null;
    /** @type {((process: number) => void) | null} */
    this.showProcess = null;
    /** @type {((from_s: number, to_s: number) => void) | null} */
    this.showTime = null;
    /** @type {((place: number) => boolean) | null} */
    this.showFlame = null;
  }

  /**
   * Scroll to a part of the page, with the focus, and so that the browser's back button leads back.
   * @param {HTMLElement} part
   * @param {HTMLElement} [target] within it: what to see
   */
  goTo(part, target) {
    if (!isInPage() && location.hash !== `#${part.id}`) history.pushState(null, "", `#${part.id}`);
    const seen = target ?? part;
    const focused = target ?? part.querySelector("h2") ?? part;
    if (!focused.hasAttribute("tabindex")) focused.setAttribute("tabindex", "-1");
    focused.focus({ preventScroll: true });
    seen.scrollIntoView({ behavior: motion(), block: target ? "center" : "start" });
  }

  /**
   * Show a line: its source, or else its moments on the timeline.
   * @param {number} place
   */
  showPlace(place) {
    if (this.showSource?.(place)) return;
    this.showMoments?.([place], this.places.of(place));
  }

  /**
   * @param {number} place
   * @param {string} text
   * @returns {HTMLElement}
   */
  placeLink(place, text) {
    return makeButton(text, () => this.showPlace(place), { class: "link code" });
  }

  /**
   * @param {number} place
   * @returns {HTMLElement}
   */
  momentsButton(place) {
    const name = this.places.of(place);
    return makeButton("timeline", () => this.showMoments?.([place], name), {
      class: "small",
      "aria-label": `Show ${name} on the timeline`,
    });
  }

  /**
   * Turn the content of an element into a link.
   * @param {HTMLElement} element
   * @param {() => void} action
   */
  link(element, action) {
    const link = make("a", { href: "#timeline" }, ...element.childNodes);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      action();
    });
    element.append(link);
  }
}
