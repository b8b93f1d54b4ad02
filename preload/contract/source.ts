import { z } from 'zod';
import { MAX_BOXES } from './layout.ts';
import { rleSchema } from './rle.ts';

/** A source picture is named by the SHA-256 of its PNG. */
export const pictureHashSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal digits');

/** The largest source picture: 2048 x 2048 pixels that do not compress, and a little. */
export const MAX_SOURCE_BYTES = 16 * 2 ** 20;

/** The same as base64, as it travels to the engine. */
export const MAX_SOURCE_BASE64 = 4 * Math.ceil(MAX_SOURCE_BYTES / 3);

/** A mask in a request: masks of pictures of this size take some KB. */
const requestMaskSchema = rleSchema.extend({ counts: z.string().max(2 ** 20) });

/**
 * What changes of a picture; everything else stays as it is, byte for byte. The new instance masks of the boxes, as the
 * run finds them, and the masks that are given: those of what was there before, so that it vanishes.
 */
export const repaintSchema = z
  .strictObject({
    /** Ids of boxes. */
    boxes: z.array(z.string().min(1).max(64)).max(MAX_BOXES).default([]),
    masks: z.array(requestMaskSchema).max(MAX_BOXES).default([]),
    /** Pixels that the given masks grow by: the rim of what was there belongs to it. */
    grow: z.int().min(0).max(64).default(0),
  })
  .refine(({ boxes, masks }) => boxes.length + masks.length > 0, 'must name a box or hold a mask');

export type Repaint = z.infer<typeof repaintSchema>;

/**
 * The picture that a run begins with. The request names it; its bytes travel beside the request and are kept once in a
 * project, and inside of every PNG that was made from them (docs/decisions/0004-source-pictures.md).
 */
export const sourceSchema = z.strictObject({
  image: pictureHashSchema,
  /** How much is made anew (diffusers: strength): 1 begins with noise, 0 leaves the picture as it is. */
  denoise: z.number().min(0).max(1).default(0.6),
  /** Null: the whole picture changes. */
  repaint: repaintSchema.nullable().default(null),
});

export type Source = z.infer<typeof sourceSchema>;
