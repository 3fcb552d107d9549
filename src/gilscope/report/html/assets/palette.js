// Colours and textures of states: read from the stylesheet, so that light, dark and paper have their own.

const TILE = 8;

/**
 * Textures tell states apart without colours: whether a dot of a tile is the second colour.
 * @type {Record<string, (x: number, y: number) => boolean>}
 */
const TEXTURES = {
  wait: (x, y) => (x + y) % 8 < 3,
  lock: (x, y) => x % 4 < 2 !== y % 4 < 2,
  computing: (_, y) => y % 4 === 0,
  idle: (x, y) => x % 4 === 0 && y % 8 === 4,
  ready: (x) => x % 4 === 0,
  handover: (x, y) => x % 4 < 2 && y % 4 < 2,
  unknown: (x, y) => (x - y + 64) % 8 === 0,
  stopped: (x, y) => (x - y + 64) % 4 === 0 || (x + y) % 4 === 0,
};

/** From the bottom of a column to its top. */
const ORDER = [
  "hold",
  "computing",
  "wait",
  "lock",
  "ready",
  "handover",
  "stopped",
  "off",
  "idle",
  "blocked",
  "unknown",
];

/** How states look at the moment. */
export class Palette {
  /** @param {string[]} states */
  constructor(states) {
    const style = getComputedStyle(document.documentElement);
    this.style = style;
    this.states = states;
    this.order = ORDER.map((each) => states.indexOf(each)).filter((each) => each >= 0);
    this.tiles = states.map((state) => tileOf(state, style));
    /** Of the dots above what is kept together only. */
    this.mixed = pixel(this.colour("ink"));
  }

  /**
   * A colour of the stylesheet.
   * @param {string} name
   * @returns {string}
   */
  colour(name) {
    return this.style.getPropertyValue(`--${name}`).trim() || "#888888";
  }
}

/**
 * 8 by 8 pixels, as `ImageData` has them.
 * @param {string} state
 * @param {CSSStyleDeclaration} style
 * @returns {Uint32Array}
 */
function tileOf(state, style) {
  const first = pixel(style.getPropertyValue(`--state-${state}`).trim());
  const second = pixel(style.getPropertyValue(`--state-${state}-2`).trim()) || first;
  const texture = TEXTURES[state] ?? (() => false);

  return Uint32Array.from({ length: TILE * TILE }, (_, i) =>
    texture(i % TILE, Math.floor(i / TILE)) ? second : first,
  );
}

/**
 * `#rrggbb` as a number, alpha first; 0 (nothing) if it is no such colour.
 * @param {string} colour
 * @returns {number}
 */
function pixel(colour) {
  const [, red, green, blue] = /^#(..)(..)(..)$/.exec(colour) ?? [];
  if (blue === undefined) return 0;
  return (0xff000000 | (parseInt(blue, 16) << 16) | (parseInt(green, 16) << 8) | parseInt(red, 16)) >>> 0;
}

/**
 * A swatch of a state, for a legend.
 * @param {Palette} palette
 * @param {string} state
 * @param {HTMLCanvasElement} canvas
 */
export function paintSwatch(palette, state, canvas) {
  const context = canvas.getContext("2d");
  const tile = palette.tiles[palette.states.indexOf(state)];
  if (!context || !tile) return;
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = tile[(Math.floor(i / canvas.width) % TILE) * TILE + ((i % canvas.width) % TILE)];
  }
  context.putImageData(image, 0, 0);
}
