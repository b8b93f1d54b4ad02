import { z } from 'zod';

/** COCO run-length encoding: column-major counts, first of zeros, compressed to COCO's string form. */
export const rleSchema = z.strictObject({ size: z.tuple([z.int(), z.int()]), counts: z.string() });

export type Rle = z.infer<typeof rleSchema>;
