import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError, messageOf } from '../engine/errors.ts';

/** What a model was taught to draw (vocabulary.json beside an embedded model). */
export const vocabularySchema = z.object({
  classes: z.array(z.object({ name: z.string().min(1), supercategory: z.string().min(1) })).min(2),
  colours: z.array(z.string().min(1)).min(2),
  /** [colour, class] pairs that were never seen together in training. */
  heldOut: z.array(z.tuple([z.string(), z.string()])).default([]),
});

export type Vocabulary = z.infer<typeof vocabularySchema>;

/** Reads a vocabulary; @throws UserError naming the file and what is wrong with it. */
export async function readVocabulary(path: string): Promise<Vocabulary> {
  try {
    return vocabularySchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new UserError(`${path}: the model's vocabulary cannot be read (${messageOf(error)}).`);
  }
}
