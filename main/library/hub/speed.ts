/** Seconds that a speed is taken over. */
const WINDOW_MS = 5000;

/** Bytes a second over the last seconds: steady enough to read, quick enough to tell a stall. */
export class Speed {
  #points: { at: number; bytes: number }[] = [];

  /** @param at milliseconds of any clock @param bytes so far */
  add(at: number, bytes: number): void {
    this.#points.push({ at, bytes });
    while (this.#points.length > 2 && at - (this.#points[1]?.at ?? at) > WINDOW_MS) this.#points.shift();
  }

  /** Null until there is something to tell from. */
  get bytesPerSecond(): number | null {
    const [first] = this.#points;
    const last = this.#points.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < 300) return null;
    return Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.at - first.at));
  }
}
