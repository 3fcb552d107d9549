// What places, threads and processes are called on the page: as briefly as none is taken for another.

const SAY_NOTHING_ALONE = ["__init__.py", "__main__.py"];

/** Lines of code by their number in the picture. */
export class Places {
  /** @param {Picture} picture */
  constructor(picture) {
    this.strings = picture.strings;
    this.lines = picture.lines;
    this.short = shortFiles(new Set(picture.lines.map((line) => this.strings[line[1]] ?? "")));
  }

  /**
   * @param {number} place
   * @returns {boolean}
   */
  has(place) {
    return place >= 0 && place < this.lines.length;
  }

  /**
   * @param {number} place
   * @returns {string}
   */
  file(place) {
    return this.strings[this.lines[place]?.[1] ?? -1] ?? "";
  }

  /**
   * @param {number} place
   * @returns {number} 0: not known
   */
  line(place) {
    return this.lines[place]?.[2] ?? 0;
  }

  /**
   * @param {number} place
   * @returns {string}
   */
  function(place) {
    return this.strings[this.lines[place]?.[0] ?? -1] ?? "(no Python frame)";
  }

  /**
   * `app.py:41`, or `cell 3, line 4`; the function where no file is known.
   * @param {number} place
   * @returns {string}
   */
  of(place) {
    const file = this.file(place);
    if (!file) return this.function(place);
    const line = this.line(place);
    const short = this.short.get(file) ?? file;
    if (line <= 0) return short;
    return file.startsWith("cell ") ? `${short}, line ${line}` : `${short}:${line}`;
  }

  /**
   * `work  app.py:41`
   * @param {number} place
   * @returns {string}
   */
  full(place) {
    const of = this.of(place);
    const fn = this.function(place);
    return of === fn ? fn : `${fn}  ${of}`;
  }

  /**
   * What a frame of a flame graph is called: -3 is all of it, -2 paths that were folded together.
   * @param {number} place
   * @returns {string}
   */
  frame(place) {
    if (place === -3) return "all";
    if (place === -2) return "(smaller paths)";
    return this.has(place) ? this.full(place) : "(no Python frame)";
  }

  /**
   * The number of a line; -1 if the picture does not have it.
   * @param {string} file
   * @param {number} line
   * @returns {number}
   */
  find(file, line) {
    return this.lines.findIndex((each) => each[2] === line && this.strings[each[1]] === file);
  }
}

/**
 * Names of files without their folders, unless that says nothing, or the same of two.
 * @param {Set<string>} files
 * @returns {Map<string, string>}
 */
function shortFiles(files) {
  /** @type {Map<string, string[]>} */
  const byName = new Map();
  for (const file of files) {
    const name = ending(file, 1);
    const key = SAY_NOTHING_ALONE.includes(name) ? ending(file, 2) : name;
    byName.set(key, [...(byName.get(key) ?? []), file]);
  }
  const short = new Map();
  for (const [name, same] of byName) {
    let kept = 2;
    const alike = () => new Set(same.map((file) => ending(file, kept))).size < same.length;
    while (same.length > 1 && kept < 20 && alike()) kept++;
    for (const file of same) short.set(file, same.length > 1 ? ending(file, kept) : name);
  }
  return short;
}

/**
 * @param {string} file
 * @param {number} parts
 * @returns {string}
 */
function ending(file, parts) {
  return file.startsWith("<") ? file : file.split("/").filter(Boolean).slice(-parts).join("/");
}
