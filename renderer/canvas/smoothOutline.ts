/** A closed outline: x0, y0, x1, y1, ... in shares of the image; the last point is followed by the first. */
export type Loop = readonly number[];

/** Passes of a binomial filter along the outline: together a Gaussian of about 1.7 mask pixels. */
const PASSES = 12;

/**
 * The outline of a mask for the eye: the staircase of its pixels smoothed away. Only for display, never for exports. Points
 * on the image's side stay there, so that a cut-off object ends exactly at the side; outlines of a few pixels stay as they are.
 *
 * @param segments x0, y0, x1, y1, ... as `maskContour` makes them: every end meets exactly one other
 */
export function smoothOutline(segments: readonly number[]): Loop[] {
  return loopsOf(segments).map((loop) => {
    let points = loop;
    for (let pass = 0; pass < PASSES && loop.length >= 2 * SMALLEST; pass += 1) {
      points = filtered(points);
    }
    return points;
  });
}

/** Outlines of fewer points go round one or two pixels: a filter would make them vanish. */
const SMALLEST = 12;

/** Every point in the middle between itself and its neighbours, weighted 1, 2, 1. */
function filtered(points: Loop): number[] {
  const { length } = points;
  const next: number[] = [];
  for (let at = 0; at < length; at += 2) {
    for (const axis of [0, 1]) {
      const own = points[at + axis] ?? 0;
      const before = points[(at + axis + length - 2) % length] ?? 0;
      const after = points[(at + axis + 2) % length] ?? 0;
      next.push(own <= 0 || own >= 1 ? own : (before + 2 * own + after) / 4);
    }
  }
  return next;
}

/** Segments put together where their ends meet. */
function loopsOf(segments: readonly number[]): number[][] {
  const count = Math.floor(segments.length / 4);
  const atPoint = new Map<string, number[]>();
  const key = (end: number): string => `${segments[2 * end] ?? 0} ${segments[2 * end + 1] ?? 0}`;
  for (let end = 0; end < 2 * count; end += 1) {
    const name = key(end);
    const ends = atPoint.get(name);
    if (ends === undefined) {
      atPoint.set(name, [end]);
    } else {
      ends.push(end);
    }
  }
  const used = new Uint8Array(count);
  const loops: number[][] = [];
  for (let start = 0; start < count; start += 1) {
    const loop: number[] = [];
    // An end is an index into points; its segment is half of it, and its other end has the last bit flipped.
    let end: number | undefined = 2 * start;
    while (end !== undefined && used[end >> 1] === 0) {
      used[end >> 1] = 1;
      loop.push(segments[2 * end] ?? 0, segments[2 * end + 1] ?? 0);
      end = atPoint.get(key(end ^ 1))?.find((other) => used[other >> 1] === 0);
    }
    if (loop.length > 0) {
      loops.push(loop);
    }
  }
  return loops;
}
