import type { Graph } from '../graph/graph.ts';
import type { Tensor } from '../graph/ir.ts';
import type { ProbeKind, ProbeSite } from '../models/probe.ts';
import { largest, type MapSize } from './attentionOperator.ts';
import { pairsOf } from './pairs.ts';

/** Fed at every run (feeds.ts makes them from boxes and tokens). */
export interface ObjectiveInputs {
  /** Weights of the pixels that seed each cluster [N, HW]; null without a layout: seeds are then sought. */
  readonly seeds: Tensor | null;
  /** Cells of each box at the size of the semantic maps, 0..1 [N, hw]; null without a layout. */
  readonly places: Tensor | null;
  /** Column k: what box k's class tokens count [L, N]. */
  readonly classTokens: Tensor;
  /** Column a N + k: what the tokens of box k's a-th attribute count [L, A N]; zero if it has none. */
  readonly attributeTokens: Tensor;
  /** 1 where attribute column a N + k exists [A N, 1]. */
  readonly attributes: Tensor;
  /** 1 for the tokens of the caption's words [1, L]. */
  readonly words: Tensor;
  /** 1 for each pair that is to be kept apart, 0 for an exempted one [pairs, 1]. */
  readonly repel: Tensor;
  /** The same for semantic maps, 0 also where two boxes have one and the same map [pairs, 1]. */
  readonly repelSemantic: Tensor;
  /** lambda_ins, lambda_sem and the weight of the grounding loss [3]. */
  readonly lambdas: Tensor;
}

/** The sizes that an objective works at. */
export interface ObjectiveSizes {
  /** The highest resolution of self-attention: clusters and masks. */
  readonly size: MapSize;
  /** The highest resolution of the attention to words. */
  readonly semanticSize: MapSize;
}

/** Declares the inputs of an objective for N boxes and L caption tokens. */
export function objectiveInputs(
  graph: Graph,
  boxes: number,
  tokens: number,
  { size, semanticSize }: ObjectiveSizes,
  layout = true,
): ObjectiveInputs {
  const cells = ({ height, width }: MapSize): number => height * width;
  const pairs = Math.max(1, pairsOf(boxes).length);
  const columns = ATTRIBUTES_PER_BOX * boxes;
  return {
    seeds: layout ? graph.input('seeds', 'float32', [boxes, cells(size)]) : null,
    places: layout ? graph.input('places', 'float32', [boxes, cells(semanticSize)]) : null,
    classTokens: graph.input('class_tokens', 'float32', [tokens, boxes]),
    attributeTokens: graph.input('attribute_tokens', 'float32', [tokens, columns]),
    attributes: graph.input('attributes', 'float32', [columns, 1]),
    words: graph.input('words', 'float32', [1, tokens]),
    repel: graph.input('repel', 'float32', [pairs, 1]),
    repelSemantic: graph.input('repel_semantic', 'float32', [pairs, 1]),
    lambdas: graph.input('lambdas', 'float32', [3]),
  };
}

/** Attributes beyond this number are not bound. */
export const ATTRIBUTES_PER_BOX = 2;

/** The sizes that an objective on these probes works at. */
export const objectiveSizes = (sites: readonly ProbeSite[]): ObjectiveSizes => ({
  size: largest(ofKind(sites, 'self')),
  semanticSize: largest(ofKind(sites, 'cross')),
});

export const ofKind = <Site extends ProbeSite>(sites: readonly Site[], kind: ProbeKind): Site[] =>
  sites.filter((site) => site.kind === kind);
