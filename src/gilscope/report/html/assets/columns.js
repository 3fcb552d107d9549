// The big columns: base64 of gzip of typed arrays, little-endian as the machines of all browsers.

/** @typedef {Uint8Array | Uint16Array | Uint32Array} Column */

/** What stands for "no place" and "no lane" in a column. */
export const NONE = 0xffffffff;

/**
 * @param {string} base64
 * @returns {Promise<ArrayBuffer>}
 */
export async function unpack(base64) {
  const packed = Uint8Array.from(atob(base64.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/**
 * @param {ArrayBuffer} bytes
 * @param {Picture["columns"]} directory
 * @param {string} name
 * @returns {Column} empty where the page has no such column
 */
export function column(bytes, directory, name) {
  const entry = directory[name];
  if (!entry) return new Uint32Array(0);
  const [dtype, offset, count] = entry;
  switch (dtype) {
    case "u1":
      return new Uint8Array(bytes, offset, count);
    case "u2":
      return new Uint16Array(bytes, offset, count);
    case "u4":
      return new Uint32Array(bytes, offset, count);
  }
}

/**
 * A column of indices.
 * @param {ArrayBuffer} bytes
 * @param {Picture["columns"]} directory
 * @param {string} name
 * @returns {Uint32Array}
 */
export function indexColumn(bytes, directory, name) {
  const values = column(bytes, directory, name);
  return values instanceof Uint32Array ? values : Uint32Array.from(values);
}
