import { z } from 'zod';
import { attentionSlicesSchema } from './attentionSlices.ts';
import { isacSchema } from './isac.ts';
import { instancesSchema, subjectProblem } from './instances.ts';
import { layoutBoxSchema, MAX_BOXES } from './layout.ts';
import { loraSchema, MAX_LORAS } from './lora.ts';
import { sourceSchema } from './source.ts';
import { precisionSchema } from './precision.ts';
import { vaeTileSchema } from './vaeTile.ts';

export const REQUEST_VERSION = 1;

export const samplers = ['ddim', 'euler', 'euler-ancestral', 'pndm', 'dpmpp-2m'] as const;
export const devices = ['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
export type Sampler = (typeof samplers)[number];
export type Device = (typeof devices)[number];

const share = z.number().min(0).max(1);

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
