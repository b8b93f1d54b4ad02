import {
  add,
  div,
  full,
  maximum,
  minimum,
  mul,
  mulScalar,
  stopGradient,
  sub,
} from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/linear.ts';
import { maxAll, reduceMax, reduceSum } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/shaping.ts';
import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/ir.ts';
import type { MapScale } from '../../../preload/contract/request.ts';
import { pairsOf } from './pairs.ts';

/** Below this a sum of attention is nothing. */
const NOTHING = 1e-12;

/** Maps in rows as they are, divided by their peak (held constant), or as shares of their sum (with its gradient). */
export function scaledMaps(maps: Tensor, scale: MapScale): Tensor {
  if (scale === 'raw') return maps;
  const by = scale === 'peak' ? stopGradient(reduceMax(maps, [-1])) : reduceSum(maps, [-1]);
  return div(maps, maximum(by, full(by, NOTHING)));
}

/** Rows i, and rows j, of maps [N, HW] for every pair (i, j): [pairs, HW] each. */
export function pairedRows(maps: Tensor): readonly [Tensor, Tensor] {
  const boxes = sizeAt(maps.shape, 0);
  const pairs = pairsOf(boxes);
  const pick = (side: 0 | 1): Tensor => {
    const rows = new Float32Array(pairs.length * boxes);
    pairs.forEach((pair, row) => (rows[row * boxes + pair[side]] = 1));
    return matmul(maps.graph.constant(rows, [pairs.length, boxes]), maps);
  };
  return [pick(0), pick(1)];
}

/** The largest of the pairs' values [pairs, 1] that are weighed, shape []. */
export const worstOf = (values: Tensor, weights: Tensor): Tensor => maxAll(mul(values, weights));

/** 0 that depends on the maps: for losses on pairs where there are none. */
export const noOverlap = (maps: Tensor): Tensor => mulScalar(maxAll(maps), 0);

/** max over kept-apart pairs of MPO(A, B) = max_p A[p] B[p] (equations 8, 9 and 10), shape []. */
export function worstProduct(maps: Tensor, repel: Tensor): Tensor {
  if (sizeAt(maps.shape, 0) < 2) return noOverlap(maps);
  const [a, b] = pairedRows(maps);
  return worstOf(reduceMax(mul(a, b), [1]), repel);
}

/** max over kept-apart pairs of sum_p min(A[p], B[p]): 1 for equal shares, 0 where they lie apart; shape []. */
export function worstCommon(maps: Tensor, repel: Tensor): Tensor {
  if (sizeAt(maps.shape, 0) < 2) return noOverlap(maps);
  const [a, b] = pairedRows(maps);
  return worstOf(reduceSum(minimum(a, b), [1]), repel);
}

/**
 * How much two instances share the pixels: each map as its share of all of them at every pixel, then per pair
 * 2 sum_p min(A, B) / sum_p (A + B), the worst of the kept-apart pairs; 1 where no pixel is one's more than the other's.
 *
 * @param maps [N, HW], >= 0
 */
export function worstContest(maps: Tensor, repel: Tensor): Tensor {
  if (sizeAt(maps.shape, 0) < 2) return noOverlap(maps);
  const [a, b] = pairedRows(ownership(maps));
  const both = reduceSum(add(a, b), [1]);
  return worstOf(mulScalar(div(reduceSum(minimum(a, b), [1]), maximum(both, full(both, 1e-6))), 2), repel);
}

/** At every pixel each map as a share of all [N, HW]; 0 where none is. */
export function ownership(maps: Tensor): Tensor {
  const sum = reduceSum(maps, [0]);
  return div(maps, maximum(sum, full(sum, NOTHING)));
}

/** max over class-attribute pairs of 1 - overlap (equation 11), 0 without attributes, shape []. */
export function weakestBond(
  semantic: Tensor,
  attributes: Tensor,
  exists: Tensor,
  measure: 'product' | 'common',
): Tensor {
  const boxes = sizeAt(semantic.shape, 0);
  const perAttribute = reshape(attributes, [-1, boxes, sizeAt(semantic.shape, 1)]);
  const overlap =
    measure === 'product'
      ? reduceMax(mul(perAttribute, semantic), [2])
      : reduceSum(minimum(perAttribute, semantic), [2]);
  const unbound = sub(full(overlap, 1), overlap);
  return maxAll(mul(reshape(unbound, exists.shape), exists));
}
