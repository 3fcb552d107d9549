// A button at each block of code that copies it.

import { make, makeButton } from "./elements.js";

/** How long the button says that it has copied. */
const SAID_MS = 2000;

export function copyButtons() {
  for (const block of document.querySelectorAll(".code-block")) {
    const caption = block.querySelector("figcaption");
    const pre = block.querySelector("pre");
    if (!caption || !pre) continue;
    const said = make("span", { class: "unseen", role: "status" });
    const button = makeButton("Copy", () => copyOut(pre, button, said), {
      class: "small copy",
      "aria-label": `Copy the code: ${caption.textContent}`,
    });
    caption.append(" ", button, said);
  }
}

/**
 * @param {HTMLPreElement} pre
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} said
 */
async function copyOut(pre, button, said) {
  const isCopied = await copied(pre);
  button.textContent = isCopied ? "Copied" : "Press Ctrl+C";
  said.textContent = isCopied ? "Copied" : "The code is selected: press Ctrl+C";
  setTimeout(() => {
    button.textContent = "Copy";
    said.textContent = "";
  }, SAID_MS);
}

/**
 * Where no page may write to the clipboard, the code is selected, for whoever presses Ctrl+C.
 * @param {HTMLPreElement} pre
 * @returns {Promise<boolean>}
 */
async function copied(pre) {
  try {
    await navigator.clipboard.writeText(`${pre.textContent ?? ""}\n`);
    return true;
  } catch {
    getSelection()?.selectAllChildren(pre);
    return false;
  }
}
