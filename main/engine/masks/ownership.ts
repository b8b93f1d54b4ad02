import type { Box } from '../../../preload/contract/layout.ts';
import type { Region } from './guidedFilter.ts';

/** What attention tells of the instances. */
export interface SoftMaps {
  /** Soft instance maps M (equation 7), one per box in the order of the boxes: count x mapHeight x mapWidth, >= 0. */
  soft: Float32Array;
  count: number;
  mapWidth: number;
  mapHeight: number;
  /** Foreground gate M_fg (equation 6) at the maps' size, 0..1. */
  foreground: Float32Array;
}

/**
 * Background and boxes as shares that sum to 1 in every cell: the gate is split among the boxes in proportion to their
 * maps, each scaled to a maximum of 1 first, because M sums attention over a cluster's pixels and favours large ones.
 */
export function sharesOf({ soft, count, foreground }: SoftMaps): Float32Array[] {
  const size = foreground.length;
  const out = Array.from({ length: count + 1 }, () => new Float32Array(size));
  const tops = Array.from({ length: count }, (_, k) =>
    soft.subarray(k * size, (k + 1) * size).reduce((a, b) => Math.max(a, b), 0),
  );
  for (let p = 0; p < size; p++) {
    const gate = Math.min(1, Math.max(0, foreground[p] ?? 0));
    const scaled = tops.map((top, k) => (top > 0 ? (soft[k * size + p] ?? 0) / top : 0));
    const sum = scaled.reduce((a, b) => a + b, 0);
    out.forEach((map, k) => {
      if (k === 0) map[p] = sum > 0 ? 1 - gate : 1;
      else map[p] = sum > 0 ? (gate * (scaled[k - 1] ?? 0)) / sum : 0;
    });
  }
  return out;
}

/** For a map without a region. */
export const NOWHERE: Region = { left: 0, top: 0, right: 0, bottom: 0 };

/** A box and its margin in whole pixels. */
function reach([x0, y0, x1, y1]: Box, width: number, height: number, margin: number): Region {
  const [mx, my] = [(x1 - x0) * margin, (y1 - y0) * margin];
  return {
    left: Math.max(0, Math.floor((x0 - mx) * width)),
    top: Math.max(0, Math.floor((y0 - my) * height)),
    right: Math.min(width, Math.ceil((x1 + mx) * width)),
    bottom: Math.min(height, Math.ceil((y1 + my) * height)),
  };
}

/** Where the background and each box may be: everywhere, and a box's rectangle with a margin (a share of its sides). */
export function regionsOf(boxes: readonly Box[], width: number, height: number, margin: number): Region[] {
  return [
    { left: 0, top: 0, right: width, bottom: height },
    ...boxes.map((box) => reach(box, width, height, margin)),
  ];
}

/**
 * Takes from the boxes' maps what lies outside their regions. It goes to the boxes that may be there, in proportion, so that
 * many boxes apart do not lose their own places to the background; where none may be, to the background, the first map.
 */
export function confine(maps: readonly Float32Array[], regions: readonly Region[], width: number): void {
  const [background, ...others] = maps;
  if (background === undefined) return;
  for (let p = 0; p < background.length; p++) {
    const x = p % width;
    const y = (p - x) / width;
    let [inside, outside] = [0, 0];
    others.forEach((map, k) => {
      const { left, top, right, bottom } = regions[k + 1] ?? NOWHERE;
      if (x >= left && x < right && y >= top && y < bottom) {
        inside += map[p] ?? 0;
      } else {
        outside += map[p] ?? 0;
        map[p] = 0;
      }
    });
    if (inside === 0) background[p] = (background[p] ?? 0) + outside;
    else for (const map of others) map[p] = ((map[p] ?? 0) * (inside + outside)) / inside;
  }
}

/** The largest map at every pixel, 0 for the background and k + 1 for box k; a box counts in its region only. */
export function ownersOf(
  maps: readonly Float32Array[],
  regions: readonly Region[],
  width: number,
): Uint8Array {
  const [background = new Float32Array(), ...others] = maps;
  const best = background.slice();
  const owner = new Uint8Array(best.length);
  others.forEach((map, k) => {
    const { left, top, right, bottom } = regions[k + 1] ?? NOWHERE;
    for (let y = top; y < bottom; y++) {
      for (let p = y * width + left; p < y * width + right; p++) {
        const value = map[p] ?? 0;
        if (value > (best[p] ?? 0)) {
          best[p] = value;
          owner[p] = k + 1;
        }
      }
    }
  });
  return owner;
}
