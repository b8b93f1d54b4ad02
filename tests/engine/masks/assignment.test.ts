import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assignClusters,
  boxCover,
  optimalAssignment,
  softIou,
} from '../../../main/engine/masks/assignment.ts';
import type { Box } from '../../../preload/contract/layout.ts';

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((p) =>
    Array.from({ length: n }, (_, at) => [...p.slice(0, at), n - 1, ...p.slice(at)]),
  );
}

describe('assignment', () => {
  it('costs no more than any permutation', () => {
    const matrix = fc.integer({ min: 1, max: 6 }).chain((n) =>
      fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: n, maxLength: n }), {
        minLength: n,
        maxLength: n,
      }),
    );
    fc.assert(
      fc.property(matrix, (costs) => {
        const total = (columns: number[]): number =>
          columns.reduce((sum, column, row) => sum + (costs[row]?.[column] ?? NaN), 0);
        const found = optimalAssignment(costs);
        expect([...found].sort((a, b) => a - b)).toEqual(costs.map((_, i) => i));
        expect(total(found)).toBeLessThanOrEqual(Math.min(...permutations(costs.length).map(total)) + 1e-9);
      }),
    );
  });

  it('finds shuffled clusters again, where taking the best box for each cluster in turn would not', () => {
    const boxes: Box[] = [
      [0, 0, 0.5, 1],
      [0.5, 0, 1, 1],
      [0.25, 0, 0.75, 1],
    ];
    const covers = boxes.map((box) => boxCover(box, 8, 8));
    const order = [2, 0, 1];
    const clusters = Float32Array.from(order.flatMap((k) => [...(covers[k] ?? [])]));
    expect(assignClusters(clusters, 8, 8, boxes)).toEqual([1, 2, 0]);
  });

  it('measures how much of a cell a box covers', () => {
    expect([...boxCover([0.25, 0, 0.75, 0.5], 2, 2)]).toEqual([0.5, 0.5, 0, 0]);
    expect(boxCover([0, 0, 1, 1], 3, 5).every((v) => Math.abs(v - 1) < 1e-6)).toBe(true);
    expect(softIou(new Float32Array(4), boxCover([0, 0, 1, 1], 2, 2))).toBe(0);
  });
});
