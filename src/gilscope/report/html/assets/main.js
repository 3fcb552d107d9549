// Where the page begins.

import { unpack } from "./columns.js";
import { showDistributions } from "./distributions.js";
import { make, readJson } from "./elements.js";
import { showFlames } from "./flames.js";
import { Guide } from "./guide.js";
import { keyFigures } from "./figures.js";
import { keepLinksInside } from "./inpage.js";
import { linkNames } from "./links.js";
import { showMatrix } from "./matrix.js";
import { frame } from "./page.js";
import { Recording } from "./recording.js";
import { showSources } from "./sources.js";
import { showTimeline } from "./timelineview.js";
import { Tooltip } from "./tooltip.js";
import { showWithout } from "./without.js";

async function start() {
  /** @type {Picture} */
  const picture = readJson("picture");
  const bytes = await unpack(document.getElementById("columns")?.textContent ?? "");
  const recording = new Recording(picture, bytes);
  const guide = new Guide(recording.places);
  const tooltip = new Tooltip();
  const timeline = showTimeline(recording, guide, tooltip);
  const without = showWithout(recording, tooltip);
  const flames = showFlames(picture.flames ?? {}, recording.places, guide, tooltip);
  const matrix = showMatrix(picture.matrix ?? null, picture.lanes, guide, tooltip);
  const sources = showSources(picture.sources ?? [], recording.places, guide);
  showDistributions(picture.distributions ?? {});
  guide.showMoments = timeline && ((places, name) => timeline.showMoments(places, name));
  guide.showLane = timeline && ((lane) => timeline.goToLane(lane));
  guide.showProcess = timeline && ((process) => timeline.goToProcess(process));
  guide.showTime = timeline && ((from_s, to_s) => timeline.goToTime(from_s, to_s));
  guide.showSource = sources && ((place) => sources.showPlace(place));
  guide.showFlame = flames && ((place) => flames.showPlace(place));
  keyFigures(readJson("report"));
  linkNames(recording, guide);
  frame(() => {
    timeline?.recolour();
    without?.recolour();
    matrix?.recolour();
  });
  keepLinksInside();
  timeline?.timeline.viewport.ask();
  document.documentElement.dataset.ready = "yes";
}

start().catch((error) => {
  const words = `The pictures of this page could not be drawn (${error}). The tables below say the same in numbers; a current Firefox, Chrome or Safari draws them.`;
  document.querySelector("main")?.prepend(make("p", { class: "failure", role: "alert" }, words));
  throw error;
});
