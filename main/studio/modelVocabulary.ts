import { join } from 'node:path';
import { z } from 'zod';
import { vocabularySchema, type ModelVocabulary } from '../../preload/contract/models.ts';
import { readJsonFile } from '../engine/weights/jsonFile.ts';

/** What the benchmark's vocabulary holds beside this is of no use here. */
const fileSchema = z.object({
  classes: z.array(z.object({ name: z.string() })),
  colours: z.array(z.string()).default([]),
});

/** The words that a model folder says it was taught (`vocabulary.json`); null where it says nothing that can be read. */
export async function modelVocabulary(folder: string): Promise<ModelVocabulary | null> {
  try {
    const { classes, colours } = await readJsonFile(join(folder, 'vocabulary.json'), fileSchema);
    return vocabularySchema.parse({ things: classes.map(({ name }) => name), colours });
  } catch {
    // Most models have none, and a damaged list of words must not keep a model from being used.
    return null;
  }
}
