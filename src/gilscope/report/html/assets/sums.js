// What share of each column of pixels a lane spent in each state: exact, however many segments a pixel covers.

/** @typedef {import("./recording.js").Recording} RecordingOfSums */

const BLOCK = 16;

/** How a lane looks in columns of pixels; rows are columns, one number per state in each. */
export class Columns {
  /**
   * @param {number} count
   * @param {number} states
   */
  constructor(count, states) {
    this.count = count;
    this.states = states;
    this.shares = new Float32Array(count * states);
    this.segments = new Uint32Array(count);
    this.isMixed = new Uint8Array(count);
  }

  /** @param {number} factor */
  scale(factor) {
    for (let i = 0; i < this.shares.length; i++) this.shares[i] *= factor;
  }
}

/** Time in each state, summed over blocks of segments, so that a pixel that covers thousands costs dozens. */
export class LaneSums {
  /**
   * @param {RecordingOfSums} recording
   * @param {number} first
   * @param {number} last
   */
  constructor(recording, first, last) {
    this.recording = recording;
    this.first = first;
    this.last = last;
    this.states = recording.states.length;
    const blocks = Math.floor((last - first) / BLOCK);
    this.blocks = new Float64Array(blocks * this.states);
    this.mixedBlocks = new Uint8Array(blocks);
    const sums = new Float64Array(this.states);
    for (let block = 0; block < blocks; block++) {
      sums.fill(0);
      const from = first + block * BLOCK;
      for (let i = from; i < from + BLOCK; i++) {
        if (this.addSegment(sums, 0, i, recording.end[i] - recording.begin[i])) this.mixedBlocks[block] = 1;
      }
      this.blocks.set(sums, block * this.states);
    }
  }

  /**
   * Add a part of a segment to sums; returns whether it stands for several spans.
   * @param {Float64Array | Float32Array} sums
   * @param {number} at where the sums begin
   * @param {number} segment
   * @param {number} length_ns
   * @returns {boolean}
   */
  addSegment(sums, at, segment, length_ns) {
    const { state, mixed, mix, mixAll, rank } = this.recording;
    if (state[segment] !== mixed) {
      const index = state[segment] > mixed && mixed >= 0 ? state[segment] - 1 : state[segment];
      sums[at + index] += length_ns;
      return false;
    }
    const row = rank[segment];
    for (let i = 0; i < this.states; i++) sums[at + i] += ((mix[i][row] ?? 0) / mixAll) * length_ns;
    return true;
  }

  /**
   * Add what this lane did, in ns, to the columns of a stretch: several lanes add up to a group.
   * @param {Columns} result
   * @param {number} from_ns
   * @param {number} to_ns
   * @param {number} start the first segment that ends after `from_ns`
   */
  addTo(result, from_ns, to_ns, start) {
    const { begin, end } = this.recording;
    const { count } = result;
    const width = (to_ns - from_ns) / count;
    let i = start;
    if (i >= this.last || begin[i] >= to_ns) return;
    for (
      let column = Math.max(0, Math.floor((begin[i] - from_ns) / width));
      column < count && i < this.last;
      column++
    ) {
      const left = from_ns + column * width;
      const right = left + width;
      if (begin[i] >= right) continue;
      let covered = 0;
      while (i < this.last && begin[i] < right) {
        const block = this.blockWithin(i, left, right);
        if (block >= 0) {
          this.addBlock(result, column, block);
          covered += BLOCK;
          i += BLOCK;
          continue;
        }
        const length = Math.min(end[i], right) - Math.max(begin[i], left);
        if (this.addSegment(result.shares, column * this.states, i, length)) result.isMixed[column] = 1;
        covered++;
        if (end[i] > right) break;
        i++;
      }
      result.segments[column] += covered;
    }
  }

  /**
   * The block that begins with a segment, if it lies within a column; else -1.
   * @param {number} segment
   * @param {number} left
   * @param {number} right
   * @returns {number}
   */
  blockWithin(segment, left, right) {
    const offset = segment - this.first;
    if (offset % BLOCK !== 0 || segment + BLOCK > this.last) return -1;
    const { begin, end } = this.recording;
    return begin[segment] >= left && end[segment + BLOCK - 1] <= right ? offset / BLOCK : -1;
  }

  /**
   * @param {Columns} result
   * @param {number} column
   * @param {number} block
   */
  addBlock(result, column, block) {
    const to = column * this.states;
    const from = block * this.states;
    for (let i = 0; i < this.states; i++) result.shares[to + i] += this.blocks[from + i];
    result.isMixed[column] |= this.mixedBlocks[block];
  }
}

/**
 * How lanes look together: their shares of each column, of all the time that these lanes have there.
 * @param {import("./recording.js").Lane[]} lanes at least one
 * @param {number} from_ns
 * @param {number} to_ns
 * @param {number} count of columns
 * @returns {Columns}
 */
export function columnsOf(lanes, from_ns, to_ns, count) {
  const result = new Columns(count, lanes[0].recording.states.length);
  for (const lane of lanes) lane.sums.addTo(result, from_ns, to_ns, lane.after(from_ns));
  result.scale(count / (to_ns - from_ns) / lanes.length);
  return result;
}
