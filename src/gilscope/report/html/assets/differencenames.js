// What functions are called on the page of a comparison.

/** What functions are called in frames. */
export class NamesOfFunctions {
  /** @param {[name: string, file: string][]} functions */
  constructor(functions) {
    this.functions = functions;
  }

  /**
   * @param {number} place
   * @returns {boolean}
   */
  has(place) {
    return place >= 0 && place < this.functions.length;
  }

  /**
   * @param {number} place
   * @returns {string}
   */
  file(place) {
    return this.functions[place]?.[1] ?? "";
  }

  /**
   * @param {number} place
   * @returns {string}
   */
  frame(place) {
    if (place === -3) return "all";
    if (place === -2) return "(smaller paths)";
    return this.has(place) ? `${this.functions[place][0]}  ${this.file(place)}` : "(no Python frame)";
  }
}
