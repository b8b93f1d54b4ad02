import type { Box } from '../../../preload/contract/layout.ts';

/** Something to snap to, and what is drawn when it does: a line at `at` across [from, to], in shares. */
export interface Guide {
  /** x: a vertical line at x = at; y: a horizontal one. */
  readonly axis: 'x' | 'y';
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

export type SnapLines = readonly Guide[];

function linesOf([x0, y0, x1, y1]: Box): Guide[] {
  return [
    ...[x0, (x0 + x1) / 2, x1].map((at): Guide => ({ axis: 'x', at, from: y0, to: y1 })),
    ...[y0, (y0 + y1) / 2, y1].map((at): Guide => ({ axis: 'y', at, from: x0, to: x1 })),
  ];
}

/** Edges and centres of the image and of the boxes that stand still. */
export function snapLines(still: readonly Box[]): SnapLines {
  return [[0, 0, 1, 1] as Box, ...still].flatMap(linesOf);
}

/**
 * The smallest shift along an axis that brings one of `positions` onto a line, or null when none is
 * within `threshold` (shares).
 */
export function snapShift(
  lines: SnapLines,
  axis: 'x' | 'y',
  positions: readonly number[],
  threshold: number,
): number | null {
  let best: number | null = null;
  for (const line of lines) {
    if (line.axis !== axis) {
      continue;
    }
    for (const position of positions) {
      const shift = line.at - position;
      if (Math.abs(shift) <= threshold && (best === null || Math.abs(shift) < Math.abs(best))) {
        best = shift;
      }
    }
  }
  return best;
}

/** Two positions this near are the same line: shares are kept to six decimals. */
const SAME = 1.5e-6;

/**
 * The guides to draw for a box where it now lies: one per line that an edge or the centre is on, long
 * enough to reach both the box and whatever it is aligned with.
 */
export function guidesFor(
  lines: SnapLines,
  box: Box,
  axes: { readonly x: boolean; readonly y: boolean },
): Guide[] {
  const guides = new Map<string, Guide>();
  const own = linesOf(box).filter(({ axis }) => axes[axis]);
  for (const mine of own) {
    for (const line of lines) {
      if (line.axis !== mine.axis || Math.abs(line.at - mine.at) > SAME) {
        continue;
      }
      const key = `${line.axis}${line.at.toFixed(5)}`;
      const before = guides.get(key);
      guides.set(key, {
        axis: line.axis,
        at: line.at,
        from: Math.min(mine.from, line.from, before?.from ?? 1),
        to: Math.max(mine.to, line.to, before?.to ?? 0),
      });
    }
  }
  return [...guides.values()];
}
