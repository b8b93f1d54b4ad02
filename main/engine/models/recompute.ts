import type { GraphBuilder } from '../graph/ir.ts';

/** Which values the backward pass computes again instead of keeping them. */
export interface RecomputePolicy {
  /** Trade time for memory: attention probabilities, activations behind norms and gates. */
  readonly recompute: boolean;
  /** The fewest elements of a value that make it worth while. */
  readonly recomputeFrom: number;
}

export const keepEverything: RecomputePolicy = { recompute: false, recomputeFrom: 2 ** 20 };

/** Builds a part of a network, as a recomputation region if its values of `size` elements are large enough. */
export function recomputeLarge<T>(
  graph: GraphBuilder,
  policy: RecomputePolicy,
  size: number,
  name: string,
  build: () => T,
): T {
  return policy.recompute && size >= policy.recomputeFrom ? graph.recompute(name, build) : build();
}
