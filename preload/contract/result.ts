import { z } from 'zod';
import { isacPresets } from './isacPresets.ts';
import { measuredSchema } from './measured.ts';
import { maskSources } from './isac.ts';
import { requestSchema } from './request.ts';
import { rleSchema } from './rle.ts';

/** Losses of one guided step, before the latents were changed (equations 9 to 13). */
export const stepLossSchema = z.strictObject({
  step: z.int(),
  timestep: z.number(),
  instance: z.number(),
  semantic: z.number(),
  grounding: z.number(),
  total: z.number(),
  /** Norm of the gradient of the total loss with respect to the latents. */
  gradientNorm: z.number(),
});

export type StepLoss = z.infer<typeof stepLossSchema>;

export const boxResultSchema = z.strictObject({
  id: z.string(),
  phrase: z.string(),
  /** Pixels. */
  area: z.int(),
  /** Tight box of the mask: [x, y, width, height] in pixels; null when the mask is empty. */
  bbox: z.tuple([z.int(), z.int(), z.int(), z.int()]).nullable(),
  rle: rleSchema,
  /** Intersection over union of the mask's tight box with the box that was asked for; null where none was. */
  boxIou: z.number().nullable(),
});

export type BoxResult = z.infer<typeof boxResultSchema>;

export const resultSchema = z.strictObject({
  version: z.literal(1),
  request: requestSchema,
  model: z.strictObject({ id: z.string(), name: z.string(), sha256: z.string() }),
  /** The execution provider that really ran. */
  device: z.string(),
  versions: z.record(z.string(), z.string()),
  /** Seconds per stage. */
  seconds: z.record(z.string(), z.number()),
  /** Time and memory as the engine's process saw them; absent from results of earlier versions. */
  measured: measuredSchema.optional(),
  /** How often each network ran. */
  runs: z.record(z.string(), z.int()),
  /** The name of its ISAC settings; null: settings of their own, or no ISAC. Absent from results of earlier versions. */
  preset: z.enum(isacPresets).nullable().optional(),
  /** What the masks are made of; absent from results of earlier versions, whose masks are made of clusters. */
  maskSource: z.enum(maskSources).optional(),
  losses: z.array(stepLossSchema),
  /** ISAC-LS: summed loss per candidate; null when the candidate was dropped early. */
  candidates: z.array(z.number().nullable()).optional(),
  /** Worst pairwise overlap (Dice) of the boxes' semantic maps at the first and the last step. */
  maskOverlap: z.strictObject({ first: z.number(), last: z.number() }).nullable(),
  boxes: z.array(boxResultSchema),
  /** What changed of the source picture when only part of it was to; outside of it every byte is the picture's. */
  repainted: rleSchema.optional(),
  warnings: z.array(z.string()),
});

export type GenerationResult = z.infer<typeof resultSchema>;
