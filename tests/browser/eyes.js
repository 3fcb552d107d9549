// What would go wrong for somebody's eyes on this page: found by where things are, not by how they look,
// so that no fonts matter. Evaluates to a list of complaints.
(() => {
  const complaints = [];
  const SLACK = 1.5; // pixels: edges are rounded
  const SCROLLS = ["auto", "scroll"];

  const name = (element) => {
    const classes = [...element.classList].join(".");
    const inside = element.closest("section, header")?.id ?? "";
    const words = (element.textContent ?? "").trim().slice(0, 40);
    return `#${inside} ${element.tagName.toLowerCase()}${classes ? `.${classes}` : ""} "${words}"`;
  };

  const isSeen = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    !element.closest(".unseen, select, meter");

  // The part of a rectangle that is not clipped by what it is in; null if there is none.
  const seenPart = (element, rect) => {
    let { left, top, right, bottom } = rect;
    for (let above = element; above && above !== document.documentElement; above = above.parentElement) {
      const style = getComputedStyle(above);
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      const box = above.getBoundingClientRect();
      left = Math.max(left, box.left);
      right = Math.min(right, box.right);
      top = Math.max(top, box.top);
      bottom = Math.min(bottom, box.bottom);
    }
    return right - left > SLACK && bottom - top > SLACK ? { left, top, right, bottom } : null;
  };

  const isInScroller = (element) => {
    for (let above = element.parentElement; above; above = above.parentElement)
      if (SCROLLS.includes(getComputedStyle(above).overflowX)) return true;
    return false;
  };

  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) complaints.push(`the page is ${scrollWidth} wide, the window ${clientWidth}`);

  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element || element.closest("script, style") || !isSeen(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()].map((rect) => seenPart(element, rect)).filter(Boolean);
    for (const rect of rects) texts.push({ element, rect });
    // Cut off: the text is wider than where it may be seen. A flame graph's frames are as wide as
    // their time, and say all when pointed at; dots at the end say that there is more.
    const style = getComputedStyle(element);
    const mayBeCut = element.closest(".frame") || style.textOverflow === "ellipsis";
    for (const rect of range.getClientRects()) {
      if (mayBeCut || isInScroller(element) || rect.width < SLACK) continue;
      const shown = seenPart(element, rect);
      if (!shown || shown.right < rect.right - SLACK || shown.left > rect.left + SLACK)
        complaints.push(`cut off: ${name(element)}`);
      if (rect.right > clientWidth + SLACK) complaints.push(`outside of the window: ${name(element)}`);
    }
  }

  // Overlapping: two texts of which neither is in the other.
  texts.sort((a, b) => a.rect.top - b.rect.top);
  for (let i = 0; i < texts.length; i++) {
    for (let j = i + 1; j < texts.length && texts[j].rect.top < texts[i].rect.bottom - 3; j++) {
      const [a, b] = [texts[i], texts[j]];
      if (a.element === b.element || a.element.contains(b.element) || b.element.contains(a.element)) continue;
      // What stays on top of the window while the page moves below it.
      if (Boolean(a.element.closest(".bar")) !== Boolean(b.element.closest(".bar"))) continue;
      const across = Math.min(a.rect.right, b.rect.right) - Math.max(a.rect.left, b.rect.left);
      const down = Math.min(a.rect.bottom, b.rect.bottom) - Math.max(a.rect.top, b.rect.top);
      if (across > 3 && down > 4) complaints.push(`overlap: ${name(a.element)} and ${name(b.element)}`);
    }
  }

  // Out of its box: a part of a section that reaches over its edge.
  for (const section of document.querySelectorAll("main > section")) {
    const box = section.getBoundingClientRect();
    for (const element of section.querySelectorAll("*")) {
      if (!isSeen(element) || isInScroller(element)) continue;
      const rect = element.getBoundingClientRect();
      const shown = rect.width > 0 && rect.height > 0 ? seenPart(element, rect) : null;
      if (shown && (shown.right > box.right + SLACK || shown.left < box.left - SLACK))
        complaints.push(`outside of its section: ${name(element)}`);
    }
  }

  // Pictures with nothing in them.
  for (const canvas of document.querySelectorAll("canvas")) {
    // Over the lanes are marks and arrows: there may be none.
    if (!isSeen(canvas) || canvas.width === 0 || canvas.height === 0 || canvas.matches(".over")) continue;
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
    let painted = 0;
    for (let i = 3; i < pixels.length; i += 4) if (pixels[i] > 0) painted++;
    if (painted === 0) complaints.push(`empty canvas: ${name(canvas)} ${canvas.className}`);
  }
  return [...new Set(complaints)];
})();
