// Arrows: who woke whom, and when.

import { column, indexColumn } from "./columns.js";

/**
 * @typedef {object} Edges
 * @property {Float64Array} at
 * @property {Uint32Array} from
 * @property {Uint32Array} to
 * @property {Uint32Array} fromPlace
 * @property {Uint32Array} toPlace
 */

/**
 * Who woke whom: `at` in ns, lanes and places by number, in order of time.
 * @param {ArrayBuffer} bytes
 * @param {Picture} picture
 * @returns {Edges}
 */
export function readEdges(bytes, picture) {
  const read = (/** @type {string} */ name) => indexColumn(bytes, picture.columns, name);
  return {
    at: Float64Array.from(column(bytes, picture.columns, "edge_at"), (ticks) => ticks * picture.tick_ns),
    from: read("edge_from"),
    to: read("edge_to"),
    fromPlace: read("edge_from_place"),
    toPlace: read("edge_to_place"),
  };
}
