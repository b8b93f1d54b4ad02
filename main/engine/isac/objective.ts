import type { IsacSettings } from '../../../preload/contract/isac.ts';
import { add, cast, greaterOrEqual, mul, mulScalar, stopGradient } from '../graph/ops/elementwise.ts';
import { reduceMax, reduceMean } from '../graph/ops/reduce.ts';
import { concat, reshape, slice } from '../graph/ops/shaping.ts';
import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/ir.ts';
import type { Probe } from '../models/probe.ts';
import { AttentionOperator, selectedMaps, upsampleRows, type MapSize } from './attentionOperator.ts';
import { farthestSeeds } from './farthestSeeds.ts';
import { objectiveSizes, ofKind, type ObjectiveInputs, type ObjectiveSizes } from './inputs.ts';
import { kMeans } from './kmeans.ts';
import { ownership, scaledMaps, weakestBond, worstCommon, worstContest, worstProduct } from './overlap.ts';
import { peakSeeds } from './peakSeeds.ts';
import { absence, amongWords, foreignGrounding } from './semanticTerms.ts';

/** The settings that shape the graph; what only changes numbers is fed at every run. */
export type ObjectiveSettings = Pick<
  IsacSettings,
  | 'semantic'
  | 'mapUpsampling'
  | 'mapScale'
  | 'layerWeights'
  | 'wordShare'
  | 'overlap'
  | 'presence'
  | 'features'
  | 'coordinateWeight'
  | 'kmeansIterations'
  | 'seeds'
  | 'groundingLoss'
>;

export interface Objective extends ObjectiveSizes {
  /** Equation 13, shape []. */
  readonly loss: Tensor;
  /** The loss of each phase without its lambda, shape [] each: their gradients are balanced before they are weighed. */
  readonly phases: { readonly instance: Tensor; readonly semantic: Tensor };
  /** L_ins, L_sem, the grounding loss and the total [4]. */
  readonly losses: Tensor;
  /** Instance masks M (equation 7) [N, HW]; row k grew from box k. */
  readonly masks: Tensor;
  /** Semantic map of each box (equation 4) [N, HW]. */
  readonly semantic: Tensor;
  /** The foreground gate Mfg (equation 6) [1, HW]. */
  readonly foreground: Tensor;
  /** What share of each pixel is each box's, by the attention to their grounding tokens [N, HW]; null where it is no probe. */
  readonly grounding: Tensor | null;
}

/**
 * The ISAC objective (arXiv 2505.20935, equations 1 to 13) on a model's probes; with `overlap` common, the same two phases
 * with losses whose gradient leads down (docs/decisions/0014).
 */
export function buildObjective(
  probes: readonly Probe[],
  inputs: ObjectiveInputs,
  settings: ObjectiveSettings,
): Objective {
  const { graph } = inputs.classTokens;
  const { size, semanticSize } = objectiveSizes(probes);
  const { mapScale, layerWeights, overlap } = settings;
  const boxes = sizeAt(inputs.classTokens.shape, 1);
  const attention = new AttentionOperator(ofKind(probes, 'self'), size, settings);
  const cross = ofKind(probes, 'cross');
  const among = settings.wordShare === 'words' ? (map: Tensor) => amongWords(map, inputs.words) : undefined;
  const wordMaps = (selection: Tensor): Tensor =>
    selectedMaps(cross, selection, semanticSize, layerWeights, among);
  const spread = (maps: Tensor): Tensor =>
    semanticSize.height === size.height && semanticSize.width === size.width
      ? maps
      : upsampleRows(maps, semanticSize, size);
  const scaled = (maps: Tensor): Tensor => scaledMaps(maps, mapScale);

  const grounding = groundingMaps(ofKind(probes, 'grounding'), boxes, semanticSize, settings);
  const classMaps = graph.scope('semantic', () => wordMaps(inputs.classTokens));
  const caption = graph.scope('semantic', () => attention.apply(spread(classMaps)));
  const semantic = semanticOf(
    settings.semantic,
    scaled(caption),
    grounding && scaled(attention.apply(spread(grounding))),
  );

  // Phase 1, instance formation (equations 5 to 9).
  const foreground = graph.scope('foreground', () => foregroundOf(semantic));
  const seeds =
    inputs.seeds ??
    (settings.seeds === 'peaks'
      ? peakSeeds(semantic, foreground, size)
      : farthestSeeds(attention, semantic, foreground, settings.coordinateWeight));
  const assignment = graph.scope('kmeans', () =>
    kMeans(attention, seeds, foreground, {
      iterations: settings.kmeansIterations,
      coordinateWeight: settings.coordinateWeight,
      features: settings.features,
    }),
  );
  const masks = graph.scope('masks', () => mul(attention.apply(stopGradient(assignment)), foreground));
  const instance = graph.scope('instance', () =>
    overlap === 'product' ? worstProduct(masks, inputs.repel) : worstContest(masks, inputs.repel),
  );

  // Phase 2, semantic separation (equations 10 to 12).
  const repelLoss = graph.scope('repel', () =>
    (overlap === 'product' ? worstProduct : worstCommon)(semantic, inputs.repelSemantic),
  );
  const bindLoss = graph.scope('bind', () => {
    const attributes = scaled(attention.apply(spread(wordMaps(inputs.attributeTokens))));
    return weakestBond(semantic, attributes, inputs.attributes, overlap);
  });
  const separation = add(repelLoss, bindLoss);
  const semanticLoss =
    settings.presence > 0
      ? graph.scope('presence', () =>
          add(separation, mulScalar(absence(classMaps, semanticSize, inputs), settings.presence)),
        )
      : separation;
  const groundingLoss =
    settings.groundingLoss > 0 && grounding
      ? graph.scope('grounding', () =>
          overlap === 'common' && inputs.places
            ? foreignGrounding(grounding, inputs.places, inputs.repel)
            : worstProduct(scaled(spread(grounding)), inputs.repel),
        )
      : graph.scalar(0);

  const lambda = (index: number): Tensor => reshape(slice(inputs.lambdas, 0, index, index + 1), []);
  const weighedGrounding = mul(lambda(2), groundingLoss);
  // It tells apart whose place is whose, as the words do: what phase 2 is about. Before, it stood beside both phases.
  const within = overlap === 'common';
  const semanticPhase = within ? add(semanticLoss, weighedGrounding) : semanticLoss;
  const phases = { instance, semantic: semanticPhase };
  const both = add(mul(lambda(0), instance), mul(lambda(1), semanticPhase));
  const loss = within ? both : add(both, weighedGrounding);
  const terms = [instance, semanticLoss, groundingLoss, loss].map((term) => reshape(term, [1]));
  const losses = concat(terms, 0);
  return {
    size,
    semanticSize,
    loss,
    phases,
    losses,
    masks,
    semantic,
    foreground,
    grounding: grounding && spread(ownership(grounding)),
  };
}

function semanticOf(choice: IsacSettings['semantic'], caption: Tensor, grounding: Tensor | null): Tensor {
  if (choice === 'caption' || !grounding) return caption;
  return choice === 'grounding' ? grounding : mulScalar(add(caption, grounding), 0.5);
}

/** GLIGEN's own map per instance: attention of every pixel to each box's grounding token [N, hw]. */
function groundingMaps(
  probes: readonly Probe[],
  boxes: number,
  size: MapSize,
  { layerWeights }: ObjectiveSettings,
): Tensor | null {
  const [first] = probes;
  if (!first) return null;
  const keys = sizeAt(first.map.shape, 1);
  const selection = new Float32Array(keys * boxes);
  for (let k = 0; k < boxes; k++) selection[k * boxes + k] = 1;
  return selectedMaps(probes, first.map.graph.constant(selection, [keys, boxes]), size, layerWeights);
}

/** Equations 5 and 6: a pixel is foreground where any box's map exceeds that map's own mean. */
function foregroundOf(semantic: Tensor): Tensor {
  return reduceMax(cast(greaterOrEqual(semantic, reduceMean(semantic, [1])), 'float32'), [0]);
}
