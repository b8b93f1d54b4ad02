import { describe, expect, it } from 'vitest';
import { maskOrder, semanticOverlap } from '../../../main/engine/diffusion/maskOrder.ts';
import type { Observation } from '../../../main/engine/diffusion/denoiser.ts';
import { requestSchema } from '../../../preload/contract/request.ts';

const request = requestSchema.parse({
  version: 1, model: 'm', width: 64, height: 64, caption: 'two dogs and a cat', seed: 1, boxes: [],
  instances: [{ phrase: 'dog', count: 2 }, { phrase: 'cat', count: 1 }],
}); // prettier-ignore

/** Six pixels in a row: dogs at 0..3, a cat at 4 and 5. */
const dog = [9, 9, 9, 9, 1, 1];
const cat = [1, 1, 1, 1, 5, 5];
const left = [1, 1, 0, 0, 0, 0];
const middle = [0, 0, 1, 1, 0, 0];
const right = [0, 0, 0, 0, 0.2, 0.2];

const seen = (...clusters: number[][]): Observation => ({
  losses: new Float32Array(4),
  masks: Float32Array.from(clusters.flat()),
  semantic: Float32Array.from([dog, dog, cat].flat()),
  foreground: new Float32Array(6).fill(1),
  grounding: null,
});
const rows = (masks: Float32Array): number[][] =>
  [0, 1, 2].map((k) => [...masks.subarray(6 * k, 6 * k + 6)].map((value) => Math.round(value * 10) / 10));

describe('the masks of a prompt', () => {
  it('belong to the class that they cover, and stay where they were a step before', () => {
    const inOrder = maskOrder(request, { height: 1, width: 6 });
    const first = rows(inOrder(seen(right, left, middle)));
    expect(first[2]).toEqual(right);
    expect([first[0], first[1]]).toEqual(expect.arrayContaining([left, middle]));
    for (const clusters of [[left, middle, right], [middle, right, left], [middle, left, right]]) {
      expect(rows(inOrder(seen(...clusters)))).toEqual(first);
    } // prettier-ignore
  });

  it('are ordered when a cluster is empty', () => {
    const inOrder = maskOrder(request, { height: 1, width: 6 });
    const nothing = [0, 0, 0, 0, 0, 0];
    const sorted = rows(inOrder(seen(right, nothing, left)));
    expect(sorted[2]).toEqual(right);
    expect([sorted[0], sorted[1]]).toEqual(expect.arrayContaining([left, nothing]));
  });

  it('overlap as classes do, not as instances that share their words', () => {
    const { semantic } = seen(left, middle, right);
    expect(semanticOverlap(request, semantic, 6)).toBe(0);
    const [horses] = request.instances;
    expect(semanticOverlap({ ...request, instances: horses ? [horses] : [] }, semantic, 6)).toBe(0);
  });
});
