import munkres from 'munkres';
import type { Box } from '../../../preload/contract/layout.ts';

/**
 * Which cluster belongs to which box: the assignment with the least total cost (Hungarian method), cost 1 - soft IoU.
 *
 * @param clusters count maps of mapWidth * mapHeight values >= 0, one after the other; hard or soft
 * @param boxes as many boxes as clusters
 * @returns for every box the index of its cluster
 */
export function assignClusters(
  clusters: Float32Array,
  mapWidth: number,
  mapHeight: number,
  boxes: readonly Box[],
): number[] {
  const size = mapWidth * mapHeight;
  if (clusters.length !== boxes.length * size) {
    throw new Error(
      `${boxes.length} clusters of ${mapWidth} x ${mapHeight} expected, got ${clusters.length} values.`,
    );
  }
  return optimalAssignment(
    boxes.map((box) => {
      const cover = boxCover(box, mapWidth, mapHeight);
      return boxes.map((_, k) => 1 - softIou(clusters.subarray(k * size, (k + 1) * size), cover));
    }),
  );
}

/** For every row of a square cost matrix its column, each column once, with the least sum. */
export function optimalAssignment(costs: readonly (readonly number[])[]): number[] {
  const columns = new Array<number>(costs.length).fill(-1);
  for (const [row, column] of munkres(costs.map((row) => [...row]))) columns[row] = column;
  return columns;
}

/** How much of every cell of a grid a box covers, 0..1. */
export function boxCover([x0, y0, x1, y1]: Box, width: number, height: number): Float32Array {
  const cover = new Float32Array(width * height);
  const overlap = (low: number, high: number, cell: number): number =>
    Math.max(0, Math.min(high, cell + 1) - Math.max(low, cell));
  for (let y = 0; y < height; y++) {
    const down = overlap(y0 * height, y1 * height, y);
    for (let x = 0; x < width; x++) cover[y * width + x] = down * overlap(x0 * width, x1 * width, x);
  }
  return cover;
}

/** Sum of minima over sum of maxima, the map scaled to a maximum of 1; 0 for a map of zeros. */
export function softIou(map: Float32Array, cover: Float32Array): number {
  const top = map.reduce((a, b) => Math.max(a, b), 0);
  if (top <= 0) return 0;
  let both = 0;
  let either = 0;
  for (let p = 0; p < map.length; p++) {
    const a = (map[p] ?? 0) / top;
    const b = cover[p] ?? 0;
    both += Math.min(a, b);
    either += Math.max(a, b);
  }
  return both / either;
}
