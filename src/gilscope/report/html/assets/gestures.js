// Moving about in time by mouse, touch and keys: the same for every picture with a scale of time.

/** @typedef {import("./viewport.js").Viewport} ViewportOfGestures */

/**
 * What a picture does beside zooming and panning; all in CSS pixels of its element.
 * @typedef {object} Actions
 * @property {(x: number, y: number) => void} [hover]
 * @property {() => void} [leave]
 * @property {(x: number, y: number) => void} [click]
 * @property {(dy: number) => void} [drag]
 * @property {(key: string) => boolean} [key] whether it knew the key
 */

const STEP = 0.15;
const CLICK_PX = 4;

/**
 * @param {HTMLElement} element
 * @param {ViewportOfGestures} viewport
 * @param {Actions} actions
 */
export function attachGestures(element, viewport, actions) {
  attachWheel(element, viewport);
  attachPointers(element, viewport, actions);
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (zoomByKey(event.key, viewport) || actions.key?.(event.key)) event.preventDefault();
  });
  element.addEventListener("dblclick", (event) => viewport.zoom(0.25, fractionAt(element, event)));
}

/**
 * @param {string} key
 * @param {ViewportOfGestures} viewport
 * @returns {boolean}
 */
function zoomByKey(key, viewport) {
  /** @type {Record<string, () => void>} */
  const moves = {
    ArrowLeft: () => viewport.pan(-STEP),
    ArrowRight: () => viewport.pan(STEP),
    a: () => viewport.pan(-STEP),
    d: () => viewport.pan(STEP),
    PageUp: () => viewport.pan(-0.9),
    PageDown: () => viewport.pan(0.9),
    "+": () => viewport.zoom(0.6),
    "=": () => viewport.zoom(0.6),
    w: () => viewport.zoom(0.6),
    "-": () => viewport.zoom(1 / 0.6),
    s: () => viewport.zoom(1 / 0.6),
    0: () => viewport.showAll(),
    Home: () => viewport.show(viewport.start, viewport.start + viewport.length),
    End: () => viewport.show(viewport.end - viewport.length, viewport.end),
  };
  moves[key]?.();
  return key in moves;
}

/**
 * The wheel zooms with Ctrl (a pinch on a touchpad is that, too), or while the picture has the focus:
 * otherwise it scrolls the page, as everywhere.
 * @param {HTMLElement} element
 * @param {ViewportOfGestures} viewport
 */
function attachWheel(element, viewport) {
  const turn = (/** @type {WheelEvent} */ event) => {
    const isZoom = event.ctrlKey || event.metaKey || document.activeElement === element;
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (!isZoom && !sideways) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
    const delta = (sideways && event.deltaX !== 0 ? event.deltaX : event.deltaY) * unit;
    if (sideways) viewport.pan(delta / Math.max(1, element.clientWidth));
    else viewport.zoom(Math.exp(Math.max(-300, Math.min(300, delta)) * 0.003), fractionAt(element, event));
  };
  element.addEventListener("wheel", turn, { passive: false });
}

/**
 * @param {HTMLElement} element
 * @param {ViewportOfGestures} viewport
 * @param {Actions} actions
 */
function attachPointers(element, viewport, actions) {
  /** @type {Map<number, {x: number, y: number}>} */
  const down = new Map();
  let travelled = 0;
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (down.size === 1) travelled = 0;
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) {
      const [x, y] = within(element, event);
      actions.hover?.(x, y);
      return;
    }
    const now = { x: event.clientX, y: event.clientY };
    if (down.size === 2) pinch(element, viewport, down, event.pointerId, now);
    else viewport.pan(-(now.x - before.x) / Math.max(1, element.clientWidth));
    if (down.size === 1 && event.pointerType === "mouse") actions.drag?.(now.y - before.y);
    travelled += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    down.set(event.pointerId, now);
  });
  const up = (/** @type {PointerEvent} */ event) => {
    const wasDown = down.delete(event.pointerId);
    if (!wasDown || down.size > 0 || travelled > CLICK_PX || event.type !== "pointerup") return;
    const [x, y] = within(element, event);
    actions.click?.(x, y);
  };
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener("pointerleave", () => actions.leave?.());
}

/**
 * @param {HTMLElement} element
 * @param {ViewportOfGestures} viewport
 * @param {Map<number, {x: number, y: number}>} down
 * @param {number} moved
 * @param {{x: number, y: number}} now
 */
function pinch(element, viewport, down, moved, now) {
  const before = down.get(moved);
  const [other] = [...down].filter(([id]) => id !== moved).map(([, at]) => at);
  if (!before || !other) return;
  const middle = (now.x + other.x) / 2 - element.getBoundingClientRect().left;
  const factor = (Math.abs(before.x - other.x) + 20) / (Math.abs(now.x - other.x) + 20);
  viewport.zoom(factor, middle / Math.max(1, element.clientWidth));
}

/**
 * @param {HTMLElement} element
 * @param {MouseEvent} event
 * @returns {[x: number, y: number]}
 */
function within(element, event) {
  const box = element.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

/**
 * @param {HTMLElement} element
 * @param {MouseEvent} event
 * @returns {number}
 */
function fractionAt(element, event) {
  return within(element, event)[0] / Math.max(1, element.clientWidth);
}
