// Which stretch of time a picture shows, and how that changes.

const NARROWEST_NS = 200;

/** A stretch within bounds. Whoever draws it is called, at most once a frame, when it has changed. */
export class Viewport {
  /**
   * @param {number} start_ns
   * @param {number} end_ns
   */
  constructor(start_ns, end_ns) {
    this.start = start_ns;
    this.end = Math.max(end_ns, start_ns + NARROWEST_NS);
    this.from = this.start;
    this.to = this.end;
    /** @type {(() => void)[]} */
    this.listeners = [];
    this.isAsked = false;
  }

  get length() {
    return this.to - this.from;
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.listeners.push(listener);
  }

  /** Have everything drawn in the next frame. */
  ask() {
    if (this.isAsked) return;
    this.isAsked = true;
    requestAnimationFrame(() => {
      this.isAsked = false;
      for (const each of this.listeners) each();
    });
  }

  /**
   * Show a stretch, or as much of it as lies within the bounds.
   * @param {number} from_ns
   * @param {number} to_ns
   */
  show(from_ns, to_ns) {
    const whole = this.end - this.start;
    const length = Math.min(whole, Math.max(NARROWEST_NS, to_ns - from_ns));
    const middle = (from_ns + to_ns) / 2;
    this.from = Math.min(this.end - length, Math.max(this.start, middle - length / 2));
    this.to = this.from + length;
    this.ask();
  }

  /**
   * @param {number} factor below 1: closer
   * @param {number} fraction of the width: what stays where it is
   */
  zoom(factor, fraction = 0.5) {
    const whole = this.end - this.start;
    const length = Math.min(whole, Math.max(NARROWEST_NS, this.length * factor));
    const at = this.from + this.length * fraction;
    this.show(at - length * fraction, at + length * (1 - fraction));
  }

  /** @param {number} fraction of what is shown */
  pan(fraction) {
    const by = this.length * fraction;
    this.show(this.from + by, this.to + by);
  }

  showAll() {
    this.show(this.start, this.end);
  }

  /**
   * Show a short stretch with room around it.
   * @param {number} from_ns
   * @param {number} to_ns
   * @param {number} room times its length
   */
  focus(from_ns, to_ns, room = 1) {
    const around = (to_ns - from_ns) * room;
    this.show(from_ns - around, to_ns + around);
  }

  /** Whether all is shown. */
  get isWhole() {
    return this.length >= (this.end - this.start) * (1 - 1e-9);
  }
}
