import type { MapScale, MapUpsampling, SemanticMap } from '../../../preload/contract/request.ts';
import type { Graph } from '../graph/graph.ts';
import { add, cast, div, full, greaterOrEqual, maximum, mul, mulScalar, stopGradient, sub } from '../graph/ops/elementwise.ts'; // prettier-ignore
import { matmul } from '../graph/ops/linear.ts';
import { maxAll, reduceMax, reduceMean } from '../graph/ops/reduce.ts';
import { concat, reshape, slice } from '../graph/ops/shaping.ts';
import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/ir.ts';
import type { Probe, ProbeKind } from '../models/probe.ts';
import { AttentionOperator, largest, selectedMaps, type MapSize } from './attentionOperator.ts';
import { farthestSeeds } from './farthestSeeds.ts';
import { kMeans } from './kmeans.ts';
import { pairsOf } from './pairs.ts';

/** The settings that shape the graph; what only changes numbers is fed at every run. */
export interface ObjectiveSettings {
  readonly semantic: SemanticMap;
  readonly mapUpsampling: MapUpsampling;
  readonly mapScale: MapScale;
  readonly coordinateWeight: number;
  readonly kmeansIterations: number;
  /** Whether the loss on the grounding maps is wanted. */
  readonly groundingLoss: boolean;
}

/** Fed at every run (inputs.ts makes them from boxes and tokens). */
export interface ObjectiveInputs {
  /** Weights of the pixels that seed each cluster [N, HW]; null without a layout: seeds are then sought. */
  readonly seeds: Tensor | null;
  /** Column k: the mean of box k's class tokens [L, N]. */
  readonly classTokens: Tensor;
  /** Column a N + k: the mean of the tokens of box k's a-th attribute [L, A N]; zero if it has none. */
  readonly attributeTokens: Tensor;
  /** 1 where attribute column a N + k exists [A N, 1]. */
  readonly attributes: Tensor;
  /** 1 for each pair that is to be kept apart, 0 for an exempted one [pairs, 1]. */
  readonly repel: Tensor;
  /** The same for semantic maps, 0 also where two boxes have one and the same map [pairs, 1]. */
  readonly repelSemantic: Tensor;
  /** lambda_ins, lambda_sem and the weight of the grounding loss [3]. */
  readonly lambdas: Tensor;
}

export interface Objective {
  readonly size: MapSize;
  /** Equation 13, shape []. */
  readonly loss: Tensor;
  /** L_ins, L_sem, the grounding loss and the total [4]. */
  readonly losses: Tensor;
  /** Instance masks M (equation 7) [N, HW]; row k grew from box k. */
  readonly masks: Tensor;
  /** Semantic map of each box (equation 4) [N, HW]. */
  readonly semantic: Tensor;
  /** The foreground gate Mfg (equation 6) [1, HW]. */
  readonly foreground: Tensor;
}

/** Declares the inputs of an objective for N boxes and L caption tokens. */
export function objectiveInputs(
  graph: Graph,
  boxes: number,
  tokens: number,
  size: MapSize,
  layout = true,
): ObjectiveInputs {
  const pixels = size.height * size.width;
  const pairs = Math.max(1, pairsOf(boxes).length);
  const columns = ATTRIBUTES_PER_BOX * boxes;
  return {
    seeds: layout ? graph.input('seeds', 'float32', [boxes, pixels]) : null,
    classTokens: graph.input('class_tokens', 'float32', [tokens, boxes]),
    attributeTokens: graph.input('attribute_tokens', 'float32', [tokens, columns]),
    attributes: graph.input('attributes', 'float32', [columns, 1]),
    repel: graph.input('repel', 'float32', [pairs, 1]),
    repelSemantic: graph.input('repel_semantic', 'float32', [pairs, 1]),
    lambdas: graph.input('lambdas', 'float32', [3]),
  };
}

/** Attributes beyond this number are not bound. */
export const ATTRIBUTES_PER_BOX = 2;

/** The highest resolution among the probes: where the objective works. */
export const objectiveSize = (probes: readonly Probe[]): MapSize => largest(ofKind(probes, 'self'));

const ofKind = (probes: readonly Probe[], kind: ProbeKind): Probe[] =>
  probes.filter((probe) => probe.kind === kind);

/** The ISAC objective (arXiv 2505.20935, equations 1 to 13) on a model's probes. */
export function buildObjective(
  probes: readonly Probe[],
  inputs: ObjectiveInputs,
  settings: ObjectiveSettings,
): Objective {
  const size = objectiveSize(probes);
  const attention = new AttentionOperator(ofKind(probes, 'self'), size, settings.mapUpsampling);
  const { graph } = inputs.classTokens;
  const boxes = sizeAt(inputs.classTokens.shape, 1);
  const scaled = (maps: Tensor): Tensor => (settings.mapScale === 'peak' ? divideByPeak(maps) : maps);

  const grounding = groundingMaps(ofKind(probes, 'grounding'), boxes, size);
  const cross = ofKind(probes, 'cross');
  const caption = graph.scope('semantic', () =>
    attention.apply(selectedMaps(cross, inputs.classTokens, size)),
  );
  const semantic = semanticOf(
    settings.semantic,
    scaled(caption),
    grounding && scaled(attention.apply(grounding)),
  );

  // Phase 1, instance formation (equations 5 to 9).
  const foreground = graph.scope('foreground', () => foregroundOf(semantic));
  const assignment = graph.scope('kmeans', () =>
    kMeans(
      attention,
      inputs.seeds ?? farthestSeeds(attention, semantic, foreground, settings.coordinateWeight),
      foreground,
      {
        iterations: settings.kmeansIterations,
        coordinateWeight: settings.coordinateWeight,
      },
    ),
  );
  const masks = graph.scope('masks', () => mul(attention.apply(stopGradient(assignment)), foreground));
  const instanceLoss = graph.scope('instance', () => worstOverlap(masks, inputs.repel));

  // Phase 2, semantic separation (equations 10 to 12).
  const repelLoss = graph.scope('repel', () => worstOverlap(semantic, inputs.repelSemantic));
  const bindLoss = graph.scope('bind', () => {
    const attributes = scaled(attention.apply(selectedMaps(cross, inputs.attributeTokens, size)));
    return weakestBond(semantic, attributes, inputs.attributes);
  });
  const semanticLoss = add(repelLoss, bindLoss);

  const groundingLoss =
    settings.groundingLoss && grounding
      ? graph.scope('grounding', () => worstOverlap(scaled(grounding), inputs.repel))
      : graph.scalar(0);

  const lambda = (index: number): Tensor => reshape(slice(inputs.lambdas, 0, index, index + 1), []);
  const loss = [instanceLoss, semanticLoss, groundingLoss]
    .map((term, index) => mul(lambda(index), term))
    .reduce(add);
  const terms = [instanceLoss, semanticLoss, groundingLoss, loss].map((term) => reshape(term, [1]));
  return { size, loss, losses: concat(terms, 0), masks, semantic, foreground };
}

function semanticOf(choice: SemanticMap, caption: Tensor, grounding: Tensor | null): Tensor {
  if (choice === 'caption' || !grounding) return caption;
  return choice === 'grounding' ? grounding : mulScalar(add(caption, grounding), 0.5);
}

/** GLIGEN's own map per instance: attention of every pixel to each box's grounding token [N, HW]. */
function groundingMaps(probes: readonly Probe[], boxes: number, size: MapSize): Tensor | null {
  const [first] = probes;
  if (!first) return null;
  const keys = sizeAt(first.map.shape, 1);
  const selection = new Float32Array(keys * boxes);
  for (let k = 0; k < boxes; k++) selection[k * boxes + k] = 1;
  return selectedMaps(probes, first.map.graph.constant(selection, [keys, boxes]), size);
}

/** Each map divided by its largest value, which is held constant. */
function divideByPeak(maps: Tensor): Tensor {
  const peak = stopGradient(reduceMax(maps, [1]));
  return div(maps, maximum(peak, full(peak, 1e-12)));
}

/** Equations 5 and 6: a pixel is foreground where any box's map exceeds that map's own mean. */
function foregroundOf(semantic: Tensor): Tensor {
  return reduceMax(cast(greaterOrEqual(semantic, reduceMean(semantic, [1])), 'float32'), [0]);
}

/** max over kept-apart pairs of MPO(A, B) = max_p A[p] B[p] (equations 8, 9 and 10), shape []. */
function worstOverlap(maps: Tensor, repel: Tensor): Tensor {
  const { graph } = maps;
  const boxes = sizeAt(maps.shape, 0);
  const pairs = pairsOf(boxes);
  if (pairs.length === 0) return mulScalar(maxAll(maps), 0);
  const pick = (side: 0 | 1): Tensor => {
    const rows = new Float32Array(pairs.length * boxes);
    pairs.forEach((pair, row) => (rows[row * boxes + pair[side]] = 1));
    return matmul(graph.constant(rows, [pairs.length, boxes]), maps);
  };
  return maxAll(mul(reduceMax(mul(pick(0), pick(1)), [1]), repel));
}

/** max over class-attribute pairs of 1 - MPO (equation 11), 0 without attributes, shape []. */
function weakestBond(semantic: Tensor, attributes: Tensor, exists: Tensor): Tensor {
  const boxes = sizeAt(semantic.shape, 0);
  const perAttribute = reshape(attributes, [-1, boxes, sizeAt(semantic.shape, 1)]);
  const overlap = reduceMax(mul(perAttribute, semantic), [2]);
  const unbound = sub(full(overlap, 1), overlap);
  return maxAll(mul(reshape(unbound, exists.shape), exists));
}
