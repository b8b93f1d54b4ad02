import { z } from 'zod';
import { withOldMeaning } from './isacMigration.ts';

export const isacMethods = ['none', 'lo', 'ls'] as const;

/**
 * lambda_ins(t), lambda_sem(t) of equation 13: the paper's schedule and the other rows of its ablation.
 */
export const isacSchedules = [
  'instance-then-semantic',
  'semantic-then-instance',
  'instance-only',
  'semantic-only',
  'fixed',
] as const;

/**
 * How the gradient becomes a step on the latents (algorithm 1 writes X - eta * grad and does not say
 * whether the gradient is normalised; docs/decisions tells what was measured).
 * raw: X - strength * g. normalised: X - strength * g * sqrt(numel) / ||g||, so that `strength` is the
 * root mean square of the change per latent value.
 */
export const stepRules = ['raw', 'normalised'] as const;

/** What maps stand for "the semantic map of a box" and seed its cluster. */
export const semanticMaps = ['caption', 'grounding', 'both'] as const;

export const mapUpsamplings = ['values', 'mass'] as const;
export const mapScales = ['raw', 'peak', 'share'] as const;
export const isacRegions = ['image', 'boxes'] as const;
export const layerWeightings = ['layers', 'heads'] as const;
export const clusterFeatures = ['plain', 'balanced'] as const;
export const seedings = ['farthest', 'peaks'] as const;
export const wordShares = ['all', 'words'] as const;
export const overlapMeasures = ['product', 'common'] as const;
export const scheduleSpans = ['run', 'guided'] as const;
export const phaseBalances = ['sum', 'norm', 'turns'] as const;
export const maskSources = ['clusters', 'grounding'] as const;

export type IsacMethod = (typeof isacMethods)[number];
export type IsacSchedule = (typeof isacSchedules)[number];
export type StepRule = (typeof stepRules)[number];
export type MapUpsampling = (typeof mapUpsamplings)[number];
export type MapScale = (typeof mapScales)[number];
export type LayerWeighting = (typeof layerWeightings)[number];
export type PhaseBalance = (typeof phaseBalances)[number];

const share = z.number().min(0).max(1);
const side = z.int().min(1).max(128);

/** The settings of ISAC, each by itself. */
export const isacFields = z.strictObject({
  method: z.enum(isacMethods).default('lo'),
  /** Measured in words and in boxes, every step that phase 1 got cost more than it gave (docs/decisions/0014). */
  schedule: z.enum(isacSchedules).default('semantic-only'),
  /**
   * What the schedule goes through: the whole run, as t / T, or the guided steps alone. Of a run that is guided in its first
   * third, t / T leaves the second phase nearly nothing.
   */
  scheduleOver: z.enum(scheduleSpans).default('guided'),
  /**
   * How the two phases are weighed. `sum`: equation 13 as printed, where the phase with the longer gradient decides.
   * `norm`: each phase's gradient is scaled to one norm before lambda weighs it; two backward passes a step.
   * `turns`: the same, but each step follows one phase alone, so that over the steps both get the share that lambda
   * gives them; one backward pass a step.
   */
  balance: z.enum(phaseBalances).default('turns'),
  stepRule: z.enum(stepRules).default('normalised'),
  /** eta: see stepRules; measured in docs/isac-measured.md. */
  strength: z.number().min(0).max(10).default(0.01),
  /** Gradient steps per denoising step (algorithm 1: one). */
  iterations: z.int().min(1).max(10).default(1),
  /**
   * First and last denoising step that is guided, as shares of the run: [0, 1] is all of it, as in algorithm 1. Measured on
   * the embedded model: the layout is decided in the first steps, and pushing later ones costs class accuracy.
   */
  firstStep: share.default(0),
  lastStep: share.default(0.3),
  /**
   * The conditional prediction of a guided step is the one that its gradient was made from, at the latents before the
   * change; else it is computed again at the changed latents, which costs one more forward pass.
   */
  reusePrediction: z.boolean().default(true),
  /** Where ISAC-LO may change the latents: everywhere, or only where a box lies. */
  region: z.enum(isacRegions).default('image'),
  /** Probes: self-attention maps of at most, and of at least, this many tokens a side take part; null means every resolution. */
  maxProbeSide: side.nullable().default(null),
  /** Where a model has no map as large as that, its largest ones take part. */
  minProbeSide: side.nullable().default(16),
  /** Attention to words and grounding tokens: only maps of the resolution nearest to so many tokens a side; null: as self-attention. */
  semanticSide: side.nullable().default(16),
  /** Probes: stop after the last attention of the down blocks and the middle: cheaper, sees less. */
  earlyEnd: z.boolean().default(false),
  /** Equation 3 is a mean over layers and heads: a layer counts once for each of its heads, or once. */
  layerWeights: z.enum(layerWeightings).default('heads'),
  /** Semantic map of a box: its tokens in the caption, its grounding token in the fusers, or the mean. */
  semantic: z.enum(semanticMaps).default('caption'),
  /**
   * Attention to a word as a share of that to all tokens, the begin, end and padding tokens among them, or of that to the
   * caption's words alone.
   */
  wordShare: z.enum(wordShares).default('words'),
  /**
   * Self-attention of lower resolutions brought to the highest: `values` interpolates them, as the paper says;
   * `mass` also divides by the area, so that every layer's row still sums to one and has an equal say.
   */
  mapUpsampling: z.enum(mapUpsamplings).default('mass'),
  /**
   * Semantic maps as they are, divided by their own peak (held constant: no gradient), or as shares of their own sum (with
   * the sum's gradient, so that lowering all of a map gains nothing).
   */
  mapScale: z.enum(mapScales).default('share'),
  /** Overlap of two maps: the largest product at one pixel (MPO, equation 8), or what both have in common, sum of min. */
  overlap: z.enum(overlapMeasures).default('common'),
  /** Weight of 1 - peak of each class word's map within the semantic loss: no word may fall silent. */
  presence: z.number().min(0).max(10).default(1),
  /** Weight of a loss of its own on the overlap of the grounding maps of two boxes; 0 leaves it out. */
  groundingLoss: z.number().min(0).max(10).default(1),
  /** Rows of self-attention in the K-means: as they are, or scaled so that they tell clusters apart as much as places do. */
  features: z.enum(clusterFeatures).default('balanced'),
  /**
   * Weight of the pixel's coordinates (-1..1) beside its row of self-attention in the K-means; with `balanced` features 1
   * gives both the same say. Measured on an L around a square: attention is to have twice as much.
   */
  coordinateWeight: z.number().min(0).max(10).default(0.5),
  kmeansIterations: z.int().min(1).max(30).default(5),
  /** Without boxes, where clusters begin: at pixels far from each other, or at the peaks of their words' maps. */
  seeds: z.enum(seedings).default('peaks'),
  /**
   * What the returned masks are made of: the clusters of K-means, or whose grounding token a pixel attends to. Without boxes, and
   * where boxes do not ground all steps, there are clusters alone.
   */
  masks: z.enum(maskSources).default('grounding'),
  /** ISAC-LS: number of candidate latents B. */
  candidates: z.int().min(2).max(64).default(10),
  /** ISAC-LS: drop the worse half of the candidates at fixed steps instead of finishing them all. */
  halving: z.boolean().default(false),
});

export type IsacSettings = z.infer<typeof isacFields>;

/** Settings of ISAC; those that an earlier version stored keep the meaning that they had (isacMigration.ts). */
export const isacSchema = z.preprocess(withOldMeaning, isacFields);
