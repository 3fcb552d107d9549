// Predict, then see: what was measured is shown when the reader has chosen an answer, or wants none.

import { make, makeButton } from "./elements.js";

/**
 * Make a form of every question, and hide what answers it. Tells whether there are any.
 * @returns {boolean}
 */
export function predictions() {
  const questions = [...document.querySelectorAll(".predict")];
  questions.forEach((each, number) => ask(/** @type {HTMLElement} */ (each), `prediction-${number}`));
  return questions.length > 0;
}

/** Show everything: to look things up, or to print them. */
export function showOutcomes() {
  for (const each of document.querySelectorAll(".outcome.veiled")) each.classList.remove("veiled");
  for (const each of document.querySelectorAll(".see")) each.remove();
}

/**
 * @param {HTMLElement} question
 * @param {string} name of the group of its answers
 */
function ask(question, name) {
  const outcome = /** @type {HTMLElement | null} */ (question.nextElementSibling);
  if (!outcome?.classList.contains("outcome")) return;
  const asks = question.querySelector(".asks");
  const answers = [...question.querySelectorAll(".answers li")];
  const choices = answers.map((answer, number) => {
    const input = make("input", { type: "radio", name, value: number });
    return make("label", { class: "choice" }, input, " ", make("span", {}, ...answer.childNodes));
  });
  const see = makeButton("See what was measured", () => revealOutcome(question, outcome, see), {
    class: "see",
  });
  see.setAttribute("aria-controls", outcome.id);
  const legend = make(
    "legend",
    {},
    make("span", { class: "word" }, "Predict"),
    " ",
    ...(asks?.childNodes ?? []),
  );
  question.replaceChildren(make("fieldset", {}, legend, make("div", { class: "choices" }, ...choices)), see);
  outcome.classList.add("veiled");
}

/**
 * @param {HTMLElement} question
 * @param {HTMLElement} outcome
 * @param {HTMLButtonElement} see
 */
function revealOutcome(question, outcome, see) {
  const choices = [...question.querySelectorAll(".choice")];
  const chosen = choices.findIndex((each) => each.querySelector("input")?.checked);
  const right = question.dataset.right === undefined ? -1 : Number(question.dataset.right);
  choices[right]?.classList.add("measured-so");
  if (chosen >= 0 && chosen !== right) choices[chosen].classList.add("otherwise");
  outcome.classList.remove("veiled");
  see.remove();
  const measured = /** @type {HTMLElement | null} */ (outcome.querySelector(".measured"));
  measured?.prepend(make("strong", { class: "prediction" }, judged(choices, chosen, right)));
  measured?.focus();
}

/**
 * @param {Element[]} choices
 * @param {number} chosen
 * @param {number} right
 * @returns {string}
 */
function judged(choices, chosen, right) {
  const words = (/** @type {number} */ at) => choices[at]?.textContent?.trim() ?? "";
  if (right < 0) return "What was measured here gives no clear answer.";
  if (chosen < 0) return `You made no prediction. It is: ${words(right)}.`;
  if (chosen === right) return "As you predicted.";
  return `You predicted: ${words(chosen)}. It is: ${words(right)}.`;
}
