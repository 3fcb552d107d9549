// Numbers for people, written as the rest of gilscope writes them (`gilscope.words.numbers`).

/** @type {[string, number][]} */
const UNITS = [
  ["ns", 1],
  ["µs", 1e3],
  ["ms", 1e6],
];

/**
 * `21 ms`, `8.9 s`, `12 min 05 s`.
 * @param {number} ns
 * @returns {string}
 */
export function duration(ns) {
  if (Number.isNaN(ns)) return "?";
  if (ns < 0) return `-${duration(-ns)}`;
  if (ns === 0) return "0 s";
  for (const [unit, scale] of UNITS) {
    const digits = decimal(ns / scale);
    if (digits.length < 4) return `${digits} ${unit}`;
  }
  const s = ns / 1e9;
  return s < 99.95 ? `${s.toFixed(1)} s` : longDuration(s);
}

/**
 * @param {number} s
 * @returns {string}
 */
function longDuration(s) {
  const whole = Math.round(s);
  const two = (/** @type {number} */ each) => String(each).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  return `${Math.round(s / 86400)} days`;
}

/**
 * @param {number} s
 * @returns {string}
 */
export function seconds(s) {
  return duration(s * 1e9);
}

/**
 * `3.4 %`; what is not nothing does not read as 0, nor what is not all as 100.
 * @param {number} fraction
 * @returns {string}
 */
export function percent(fraction) {
  const value = 100 * fraction;
  if (Number.isNaN(value)) return "?";
  if (value === 0) return "0 %";
  if (value > 0 && value < 0.1) return "<0.1 %";
  if (value >= 99.5 && value < 100) return `${(Math.floor(value * 10) / 10).toFixed(1)} %`;
  return `${decimal(value)} %`;
}

/**
 * @param {number} value
 * @returns {string}
 */
function decimal(value) {
  return value < 9.95 ? value.toFixed(1) : value.toFixed(0);
}

/**
 * `1,700`
 * @param {number} value
 * @returns {string}
 */
export function whole(value) {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * `1 thread`, `1,700 threads`
 * @param {number} value
 * @param {string} noun
 * @returns {string}
 */
export function counted(value, noun) {
  return `${whole(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/**
 * A moment of the recording, to as many digits as tell apart what is `step_ns` apart: `1.234 5 s`.
 * @param {number} at_ns
 * @param {number} step_ns
 * @returns {string}
 */
export function moment(at_ns, step_ns) {
  const digits = Math.min(9, Math.max(0, Math.ceil(9 - Math.log10(Math.max(step_ns, 1)) - 1e-9)));
  return `${(at_ns / 1e9).toFixed(digits)} s`;
}

/**
 * Where the marks of an axis are: steps of 1, 2 or 5 times a power of ten.
 * @param {number} from
 * @param {number} to
 * @param {number} atMost how many
 * @returns {{step: number, values: number[]}}
 */
export function ticks(from, to, atMost) {
  const rough = (to - from) / Math.max(1, atMost);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10);
  const values = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) values.push(at);
  return { step, values };
}
