// This page within another one, as in a notebook: it has no address, so its parts have none either.

import { motion } from "./elements.js";

/** @returns {boolean} */
export function isInPage() {
  return document.URL.startsWith("about:");
}

/** Let links to parts of this page lead there, and not to the page around it. */
export function keepLinksInside() {
  if (!isInPage()) return;
  document.addEventListener("click", (event) => {
    const from = event.target instanceof Element ? event.target : null;
    const link = from?.closest('a[href^="#"]');
    if (!link || event.defaultPrevented) return;
    event.preventDefault();
    const part = document.getElementById((link.getAttribute("href") ?? "").slice(1));
    part?.scrollIntoView({ behavior: motion() });
  });
}
