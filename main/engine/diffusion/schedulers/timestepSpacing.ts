/**
 * Timesteps as table 2 of arXiv 2305.08891 spaces them, with numpy's arithmetic: halves are rounded to even,
 * and `arange` has ceil(length) entries.
 */

/** numpy.round of one number: to nearest, halves to even. */
export function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest === 0.5) return low % 2 === 0 ? low : low + 1;
  return rest < 0.5 ? low : low + 1;
}

/** numpy.linspace in float64. */
export function linspace(start: number, end: number, count: number): number[] {
  const step = count > 1 ? (end - start) / (count - 1) : 0;
  return Array.from({ length: count }, (_, index) =>
    index === count - 1 && count > 1 ? end : start + index * step,
  );
}

/** Multiples of a whole ratio plus an offset, falling. */
export function leadingTimesteps(count: number, ratio: number, offset: number): number[] {
  return Array.from({ length: count }, (_, index) => (count - 1 - index) * ratio + offset);
}

/** From the last training timestep down in steps of a fractional ratio, rounded. */
export function trailingTimesteps(last: number, ratio: number): number[] {
  return Array.from(
    { length: Math.ceil(last / ratio) },
    (_, index) => roundHalfEven(last - index * ratio) - 1,
  );
}
