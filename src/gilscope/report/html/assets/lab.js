// Where the page of the lab begins. All of it can be read without this: here it becomes something to play with.

import { copyButtons } from "./labcopy.js";
import { showOutcomes, predictions } from "./labpredict.js";
import { schedules } from "./labschedule.js";
import { walks } from "./labwalk.js";
import { make, makeButton } from "./elements.js";
import { frame } from "./page.js";

/** Set up everything: first what is inside of what a prediction hides. */
function startLab() {
  copyButtons();
  walks();
  schedules();
  const chapters = document.querySelectorAll("main > section[id]");
  const tools = predictions()
    ? [makeButton("Show all measurements", showOutcomes, { class: "show-all" })]
    : [];
  const isArticle = chapters.length > 1;
  frame(() => {}, {
    parts: isArticle ? "main > section[id]" : ".step[id], .conclusion[id]",
    name: isArticle ? "Experiments" : "Steps of the experiment",
    tools,
  });
  if (isArticle) shortLinks();
  openOnPaper();
  document.documentElement.dataset.ready = "yes";
}

/** On paper nobody can open what is folded. */
function openOnPaper() {
  /** @type {HTMLDetailsElement[]} */
  let closed = [];
  window.addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("details")) {
      if (!each.open) closed.push(each);
      each.open = true;
    }
  });
  window.addEventListener("afterprint", () => {
    for (const each of closed) each.open = false;
    closed = [];
  });
}

/** A question is too long for the bar: experiments have names. */
function shortLinks() {
  for (const link of document.querySelectorAll(".bar nav a")) {
    const section = document.getElementById(/** @type {HTMLAnchorElement} */ (link).hash.slice(1));
    link.textContent = section?.querySelector(".kicker")?.textContent ?? link.textContent;
  }
}

try {
  startLab();
} catch (error) {
  const words = `What moves on this page could not be set up (${error}). All figures are here all the same.`;
  document.querySelector("main")?.prepend(make("p", { class: "failure", role: "alert" }, words));
  throw error;
}
