import { z } from 'zod';
import { attentionSlicesSchema } from './attentionSlices.ts';
import { instancesSchema, subjectProblem } from './instances.ts';
import { layoutBoxSchema, MAX_BOXES } from './layout.ts';
import { loraSchema, MAX_LORAS } from './lora.ts';
import { sourceSchema } from './source.ts';
import { precisionSchema } from './precision.ts';
import { vaeTileSchema } from './vaeTile.ts';

export const REQUEST_VERSION = 1;

export const samplers = ['ddim', 'euler', 'euler-ancestral', 'pndm', 'dpmpp-2m'] as const;
export const devices = ['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
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

export type Sampler = (typeof samplers)[number];
export type Device = (typeof devices)[number];
export type IsacMethod = (typeof isacMethods)[number];
export type IsacSchedule = (typeof isacSchedules)[number];
export type StepRule = (typeof stepRules)[number];

const share = z.number().min(0).max(1);

/** What maps stand for "the semantic map of a box" and seed its cluster. */
export const semanticMaps = ['caption', 'grounding', 'both'] as const;

export const mapUpsamplings = ['values', 'mass'] as const;
export const mapScales = ['raw', 'peak'] as const;

export const isacRegions = ['image', 'boxes'] as const;

export type SemanticMap = (typeof semanticMaps)[number];
export type MapUpsampling = (typeof mapUpsamplings)[number];
export type MapScale = (typeof mapScales)[number];

export const isacSchema = z.strictObject({
  method: z.enum(isacMethods).default('lo'),
  schedule: z.enum(isacSchedules).default('instance-then-semantic'),
  stepRule: z.enum(stepRules).default('normalised'),
  /** eta: see stepRules. Measured on the embedded model (docs/isac-measured.md): from 0.02 on it costs more than it mends. */
  strength: z.number().min(0).max(10).default(0.01),
  /** Gradient steps per denoising step (algorithm 1: one). */
  iterations: z.int().min(1).max(10).default(1),
  /**
   * First and last denoising step that is guided, as shares of the run: [0, 1] is all of it, as in algorithm 1. Measured on
   * the embedded model: the layout is decided in the first steps, and pushing later ones costs class accuracy.
   */
  firstStep: share.default(0),
  lastStep: share.default(0.3),
  /** Where ISAC-LO may change the latents: everywhere, or only where a box lies. */
  region: z.enum(isacRegions).default('image'),
  /** Probes: attention maps of at most this many tokens a side take part; null means every resolution. */
  maxProbeSide: z.int().min(1).max(128).nullable().default(null),
  /** Probes: stop after the last attention of the down blocks and the middle: cheaper, sees less. */
  earlyEnd: z.boolean().default(false),
  /** Semantic map of a box: its tokens in the caption, its grounding token in the fusers, or the mean. */
  semantic: z.enum(semanticMaps).default('caption'),
  /**
   * Self-attention of lower resolutions brought to the highest: `values` interpolates them, as the paper says;
   * `mass` also divides by the area, so that every layer's row still sums to one and has an equal say.
   */
  mapUpsampling: z.enum(mapUpsamplings).default('mass'),
  /** Semantic maps as they are, or divided by their own peak (no gradient), so that all overlaps lie in 0..1. */
  mapScale: z.enum(mapScales).default('peak'),
  /** Weight of the pixel's coordinates (-1..1) beside its row of self-attention in the K-means. */
  coordinateWeight: z.number().min(0).max(10).default(1),
  /** Weight of a loss of its own on the overlap of the grounding maps of two boxes; 0 leaves it out. */
  groundingLoss: z.number().min(0).max(10).default(0),
  kmeansIterations: z.int().min(1).max(30).default(5),
  /** ISAC-LS: number of candidate latents B. */
  candidates: z.int().min(2).max(64).default(10),
  /** ISAC-LS: drop the worse half of the candidates at fixed steps instead of finishing them all. */
  halving: z.boolean().default(false),
});

export type IsacSettings = z.infer<typeof isacSchema>;

/** A box of a layout with its colour on the canvas, which changes nothing of the picture; absent in older requests. */
export const requestBoxSchema = layoutBoxSchema.extend({ colour: z.int().min(0).max(65535).optional() });

/** The fields of a request, each by itself. */
export const requestFields = z.strictObject({
  version: z.literal(REQUEST_VERSION),
  /** Model id from the library, or an absolute folder. */
  model: z.string().min(1),
  width: z.int().min(16).max(2048).multipleOf(8),
  height: z.int().min(16).max(2048).multipleOf(8),
  caption: z.string().max(2000),
  negative: z.string().max(2000).default(''),
  boxes: z.array(requestBoxSchema).max(MAX_BOXES),
  /** What an image without boxes is to hold, as `promptInstances` reads it from the caption. */
  instances: z.array(instancesSchema).max(MAX_BOXES).default([]),
  bind: z.array(z.tuple([z.string(), z.string()])).default([]),
  /** As torch.manual_seed. */
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  sampler: z.enum(samplers).default('ddim'),
  steps: z.int().min(1).max(1000).default(25),
  guidanceScale: z.number().min(0).max(50).default(5),
  /** Share of the steps during which the boxes ground the image (GLIGEN's scheduled sampling, beta). */
  groundingShare: share.default(1),
  device: z.enum(devices).default('auto'),
  isac: isacSchema.prefault({}),
  /** Applied in this order, which changes nothing but rounding. */
  loras: z.array(loraSchema).max(MAX_LORAS).default([]),
  /** The VAE decodes and encodes larger pictures in tiles of this side; absent: as the device is set, else in one piece. */
  vaeTile: vaeTileSchema.optional(),
  /**
   * Attention whose map ISAC does not look at takes its queries in so many parts on images of more than 32 x 32
   * latents: less memory, the same image but for rounding. Absent: as the device is set, else all at once.
   */
  attentionSlices: attentionSlicesSchema.optional(),
  /** Of the UNet's predictions; changes the image. Absent: as the device is set, else float32. */
  precision: precisionSchema.optional(),
  /** The picture to begin with; absent: noise alone. */
  source: sourceSchema.optional(),
});

/**
 * Everything about one generation, after defaults: the same object is in the queue, in result.json,
 * in the PNG and in the history, and it alone makes the image.
 */
export const requestSchema = requestFields.superRefine((request, context) => {
  const problem = subjectProblem(request);
  if (problem !== null) {
    context.addIssue({ code: 'custom', path: [problem.path], message: problem.message });
  }
});

export type GenerationRequest = z.infer<typeof requestSchema>;
