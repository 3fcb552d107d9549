// Painting lanes: pixel by pixel into one image, because a canvas is slow at a hundred thousand rectangles.

/** @typedef {import("./palette.js").Palette} PaletteOfPainter */
/** @typedef {import("./sums.js").Columns} ColumnsOfPainter */

const TILE_SIDE = 8;

/** An image of the size of a canvas, that lanes are painted into. Sizes are in device pixels. */
export class Painter {
  /**
   * @param {CanvasRenderingContext2D} context
   * @param {PaletteOfPainter} palette
   */
  constructor(context, palette) {
    this.context = context;
    this.palette = palette;
    this.width = Math.max(1, context.canvas.width);
    this.height = Math.max(1, context.canvas.height);
    this.image = context.createImageData(this.width, this.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    /** The heights of states in the column that is being painted. */
    this.heights = new Int32Array(palette.states.length);
  }

  /** Whether the canvas has still the size that it had. */
  fits() {
    return this.width === this.context.canvas.width && this.height === this.context.canvas.height;
  }

  clear() {
    this.pixels.fill(0);
  }

  /**
   * Paint a lane: columns stacked by share; where one or two segments meet in a pixel, the longer one alone.
   * @param {ColumnsOfPainter} columns
   * @param {number} top
   * @param {number} height
   * @param {number} left
   * @param {boolean} stacked whether single segments are stacked, too: in groups, which are several lanes
   */
  lane(columns, top, height, left, stacked = false) {
    const { states } = columns;
    const bottom = Math.min(this.height, top + height);
    for (let column = 0; column < columns.count; column++) {
      const at = column * states;
      if (columns.segments[column] === 0) continue;
      if (!stacked && columns.segments[column] <= 2 && !columns.isMixed[column]) {
        this.fill(left + column, Math.max(0, top), bottom, this.longest(columns.shares, at, states));
        continue;
      }
      this.measure(columns.shares, at, height);
      let to = top + height;
      for (const state of this.palette.order) {
        const from = to - this.heights[state];
        if (this.heights[state] > 0) {
          this.fill(left + column, Math.max(0, from), Math.min(bottom, to), state);
        }
        to = from;
      }
    }
  }

  /**
   * @param {number} x
   * @param {number} from
   * @param {number} to
   * @param {number} state
   */
  fill(x, from, to, state) {
    const tile = this.palette.tiles[state];
    const column = x & (TILE_SIDE - 1);
    for (let y = from; y < to; y++) {
      this.pixels[y * this.width + x] = tile[(y & (TILE_SIDE - 1)) * TILE_SIDE + column];
    }
  }

  /**
   * The state with the largest share.
   * @param {Float32Array} shares
   * @param {number} at
   * @param {number} states
   * @returns {number}
   */
  longest(shares, at, states) {
    let longest = 0;
    for (let i = 1; i < states; i++) if (shares[at + i] > shares[at + longest]) longest = i;
    return longest;
  }

  /**
   * Heights from shares. What happened at all is at least a pixel high, at the cost of the quiet state.
   * @param {Float32Array} shares
   * @param {number} at
   * @param {number} height
   */
  measure(shares, at, height) {
    let left = height;
    for (const state of this.palette.order) {
      const share = shares[at + state];
      const wanted = share > 0 ? Math.max(1, Math.round(share * height)) : 0;
      this.heights[state] = Math.min(left, wanted);
      left -= this.heights[state];
    }
  }

  /**
   * A dotted line above what the page does not have one by one.
   * @param {ColumnsOfPainter} columns
   * @param {number} top
   * @param {number} left
   * @param {number} thick
   */
  dots(columns, top, left, thick) {
    const colour = this.palette.mixed;
    for (let column = 0; column < columns.count; column++) {
      if (!columns.isMixed[column] || column % (4 * thick) >= 2 * thick) continue;
      for (let y = Math.max(0, top); y < Math.min(this.height, top + thick); y++) {
        this.pixels[y * this.width + left + column] = colour;
      }
    }
  }

  /** Put the image onto the canvas. */
  finish() {
    this.context.putImageData(this.image, 0, 0);
  }
}
