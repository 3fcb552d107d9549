// The frame around the views: navigation, light and dark, sorting, paper.

import { make, makeButton } from "./elements.js";

const THEMES = ["auto", "light", "dark"];
/** Of a table that is longer than this and a few more, the rest waits behind a button. */
const FIRST_ROWS = 12;
const A_FEW = 4;
const THEME_KEY = "gilscope-theme";

/**
 * Build the bar on top. `recolour` is called when the colours have changed; `parts` are where its links
 * lead to.
 * @param {() => void} recolour
 * @param {{parts?: string, name?: string, tools?: HTMLElement[]}} options
 */
export function frame(
  recolour,
  { parts = "main > section[id]", name = "Parts of the report", tools = [] } = {},
) {
  const links = [...document.querySelectorAll(parts)].map((part) => {
    const title = part.querySelector("h2, h3")?.textContent ?? part.id;
    return make("li", {}, make("a", { href: `#${part.id}` }, title));
  });
  const bar = make(
    "div",
    { class: "bar" },
    make("nav", { "aria-label": name }, make("ul", {}, ...links)),
    ...tools,
    themeSwitch(recolour),
  );
  document.getElementById("top")?.after(bar);
  followScrolling(bar, parts);
  for (const table of document.querySelectorAll("main > section:not(.view) table")) {
    if (table.closest("figure")) continue; // a picture, whose rows have an order of their own
    sortable(/** @type {HTMLTableElement} */ (table));
    shortenTable(/** @type {HTMLTableElement} */ (table));
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  window.addEventListener("beforeprint", () => {
    document.documentElement.dataset.paper = "yes";
    recolour();
  });
  window.addEventListener("afterprint", () => {
    delete document.documentElement.dataset.paper;
    recolour();
  });
}

/**
 * @param {() => void} recolour
 * @returns {HTMLElement}
 */
function themeSwitch(recolour) {
  const set = (/** @type {string} */ theme) => {
    document.documentElement.dataset.theme = theme;
    button.textContent = { light: "☀ Light", dark: "☾ Dark" }[theme] ?? "◐ Auto";
  };
  const button = makeButton(
    "",
    () => {
      const now = document.documentElement.dataset.theme ?? "auto";
      const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
      set(next);
      remember(next);
      recolour();
    },
    { class: "theme", title: "Colours: as the system, light, dark" },
  );
  set(remembered());
  return button;
}

/** @returns {string} */
function remembered() {
  try {
    const theme = localStorage.getItem(THEME_KEY) ?? "auto";
    return THEMES.includes(theme) ? theme : "auto";
  } catch {
    return "auto"; // a browser that lets no file store anything
  }
}

/** @param {string} theme */
function remember(theme) {
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // as above: the choice holds until the page is closed
  }
}

/**
 * Mark the link of the part that is read.
 * @param {HTMLElement} bar
 * @param {string} parts
 */
function followScrolling(bar, parts) {
  const links = new Map([...bar.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  const seen = new Set();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) seen.add(entry.target.id);
        else seen.delete(entry.target.id);
      }
      const current = [...links.keys()].find((id) => seen.has(id));
      for (const [id, link] of links) {
        if (id === current) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    },
    { rootMargin: "-80px 0px -55% 0px" },
  );
  for (const part of document.querySelectorAll(parts)) observer.observe(part);
}

/**
 * Clicking on a heading sorts by that column. Numbers come from `data-sort`.
 * @param {HTMLTableElement} table
 */
function sortable(table) {
  const headings = [...(table.tHead?.rows[0]?.cells ?? [])];
  const body = table.tBodies[0];
  if (!body || body.rows.length < 3 || body.querySelector("[rowspan], [colspan]")) return;
  headings.forEach((heading, column) => {
    if (!heading.textContent?.trim() || !table.querySelector(`td:nth-child(${column + 1})[data-sort]`))
      return;
    const button = make("button", { type: "button", class: "sort" }, ...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const isDown = heading.getAttribute("aria-sort") !== "descending";
      for (const each of headings) each.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", isDown ? "descending" : "ascending");
      const value = (/** @type {HTMLTableRowElement} */ row) => Number(row.cells[column]?.dataset.sort ?? 0);
      const rows = [...body.rows].sort((a, b) => (isDown ? value(b) - value(a) : value(a) - value(b)));
      body.append(...rows);
    });
  });
}

/**
 * Show the first rows of a long table, and a button for the rest; on paper, all are there.
 * @param {HTMLTableElement} table
 */
function shortenTable(table) {
  const body = table.tBodies[0];
  if (!body || body.rows.length <= FIRST_ROWS + A_FEW) return;
  const mark = () => [...body.rows].forEach((row, i) => row.classList.toggle("more", i >= FIRST_ROWS));
  mark();
  const button = makeButton(
    `Show all ${body.rows.length} rows`,
    () => {
      for (const row of body.rows) row.classList.remove("more");
      observer.disconnect();
      button.remove();
    },
    { class: "show-more" },
  );
  // Sorting moves rows: the first ones are others then.
  const observer = new MutationObserver(mark);
  observer.observe(body, { childList: true });
  (table.closest(".scroll") ?? table).after(button);
}
