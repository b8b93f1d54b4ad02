import { z } from 'zod';
import { devices, requestSchema } from './request.ts';
import { resultSchema, stepLossSchema } from './result.ts';
import { MAX_SOURCE_BASE64 } from './source.ts';

/**
 * The engine process's protocol. Commands go in, events come out; both sides validate.
 * Pictures travel as base64 PNG: small, and the same bytes in Electron, over a socket and on disk.
 */
const jobId = z.string().min(1).max(64);

/** The most phrases of one question. */
export const MAX_COMPARED = 64;
export const comparedPhraseSchema = z.string().trim().min(1).max(200);

export const engineCommandSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('generate'),
    jobId,
    request: requestSchema,
    preview: z.boolean(),
    /** The PNG that `request.source` names, base64; absent when it names none. */
    source: z.string().max(MAX_SOURCE_BASE64).optional(),
  }),
  z.strictObject({ type: z.literal('cancel'), jobId }),
  /** How phrases look to a model's text encoder. Only when nothing else is to be done: a job that comes goes first. */
  z.strictObject({
    type: z.literal('embed'),
    questionId: jobId,
    model: z.string().min(1).max(4096),
    device: z.enum(devices),
    phrases: z.array(comparedPhraseSchema).min(1).max(MAX_COMPARED),
  }),
  /** Answered at once by `pong`, unless the process is stopped or hangs. */
  z.strictObject({ type: z.literal('ping'), pingId: jobId }),
  /** Let go of models and sessions. */
  z.strictObject({ type: z.literal('unload') }),
]);

export type EngineCommand = z.infer<typeof engineCommandSchema>;

export const stages = ['loading', 'encoding', 'sampling', 'decoding', 'masking'] as const;
export type Stage = (typeof stages)[number];

export const engineEventSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready'), versions: z.record(z.string(), z.string()) }),
  z.strictObject({ type: z.literal('pong'), pingId: jobId }),
  z.strictObject({ type: z.literal('stage'), jobId, stage: z.enum(stages) }),
  z.strictObject({
    type: z.literal('step'),
    jobId,
    step: z.int(),
    steps: z.int(),
    loss: stepLossSchema.nullable(),
    /** The emerging picture (x0 prediction), base64 PNG; null when previews are off. */
    preview: z.string().nullable(),
    /** Instance masks of this step in the order of the boxes, one base64 PNG of 0 and 255 each, disjoint. */
    masks: z.array(z.string()),
  }),
  z.strictObject({
    type: z.literal('done'),
    jobId,
    result: resultSchema,
    /** Base64 PNGs: the image (with the request embedded) and one 8-bit mask per box. */
    image: z.string(),
    masks: z.array(z.string()),
  }),
  /** Pooled text states, one per phrase; null when a job came first or they cannot be had. */
  z.strictObject({
    type: z.literal('embedded'),
    questionId: jobId,
    vectors: z.array(z.array(z.number()).min(1).max(8192)).max(MAX_COMPARED).nullable(),
  }),
  z.strictObject({ type: z.literal('cancelled'), jobId }),
  z.strictObject({
    type: z.literal('failed'),
    jobId,
    /** user: the request is at fault (exit 2); engine: anything else. */
    fault: z.enum(['user', 'engine']),
    message: z.string(),
  }),
]);

export type EngineEvent = z.infer<typeof engineEventSchema>;
