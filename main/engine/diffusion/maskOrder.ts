import type { GenerationRequest } from '../../../preload/contract/request.ts';
import type { MapSize } from '../isac/attentionOperator.ts';
import { optimalAssignment, softIou } from '../masks/assignment.ts';
import { worstDice } from '../masks/dice.ts';
import type { Observation } from './denoiser.ts';
import { masksInBoxOrder } from './maskAverage.ts';

/**
 * Brings the instance masks of one step after the other into the order of the request's boxes or instances,
 * [instances, HW].
 */
export type MaskOrder = (seen: Observation) => Float32Array;

/** The order of one image's masks; it may remember the step before. */
export function maskOrder({ boxes, instances }: GenerationRequest, size: MapSize): MaskOrder {
  if (boxes.length > 0) {
    const places = boxes.map(({ box }) => box);
    return (seen) => masksInBoxOrder(seen, places, size);
  }
  return promptOrder(
    instances.flatMap(({ count }, index) => Array.from({ length: count }, () => index)),
    size.height * size.width,
  );
}

/**
 * Without boxes a cluster belongs to the class whose semantic map it covers, and among those of one class to the instance
 * that lay there a step ago: clusters are found anew, in another order, at every step.
 *
 * @param classes index of every instance's class
 */
function promptOrder(classes: readonly number[], pixels: number): MaskOrder {
  let before: readonly Float32Array[] | null = null;
  return ({ masks, semantic }) => {
    const clusters = classes.map((_, k) => masks.subarray(k * pixels, (k + 1) * pixels));
    const shares = clusters.map((cluster) => classShares(cluster, semantic, classes, pixels));
    const known = before;
    const costs = classes.map((own, slot) =>
      clusters.map((cluster, k) => {
        const share = shares[k]?.get(own) ?? 0;
        const last = known?.[slot];
        return 1 - share + (last ? 1 - softIou(cluster, last) : 0);
      }),
    );
    const order = optimalAssignment(costs);
    const sorted = new Float32Array(masks.length);
    order.forEach((cluster, slot) => sorted.set(clusters[cluster] ?? [], slot * pixels));
    before = order.map((cluster) => scaled(clusters[cluster] ?? new Float32Array(pixels)));
    return sorted;
  };
}

/** How much of what a cluster sees belongs to each class: they sum to 1, or are equal where it sees nothing. */
function classShares(
  cluster: Float32Array,
  semantic: Float32Array,
  classes: readonly number[],
  pixels: number,
): ReadonlyMap<number, number> {
  const seen = new Map<number, number>();
  classes.forEach((own, k) => {
    if (seen.has(own)) return;
    const map = scaled(semantic.subarray(k * pixels, (k + 1) * pixels));
    seen.set(
      own,
      map.reduce((sum, value, p) => sum + value * (cluster[p] ?? 0), 0),
    );
  });
  const total = [...seen.values()].reduce((a, b) => a + b, 0);
  return new Map([...seen].map(([own, value]) => [own, total > 0 ? value / total : 1 / seen.size]));
}

/** Brought to a maximum of 1. */
function scaled(map: Float32Array): Float32Array {
  const top = map.reduce((a, b) => Math.max(a, b), 0);
  return top > 0 ? map.map((value) => value / top) : map.slice();
}

/** Worst pairwise Dice of the semantic maps of boxes, or of the classes of a prompt: instances of one share their map. */
export function semanticOverlap(
  { boxes, instances }: GenerationRequest,
  semantic: Float32Array,
  pixels: number,
): number {
  if (boxes.length > 0) return worstDice(semantic, boxes.length, pixels);
  const maps = new Float32Array(instances.length * pixels);
  let first = 0;
  instances.forEach(({ count }, index) => {
    maps.set(semantic.subarray(first * pixels, (first + 1) * pixels), index * pixels);
    first += count;
  });
  return worstDice(maps, instances.length, pixels);
}
