import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../engine/errors.ts';
import { writeFileAtomic } from '../projects/atomicFile.ts';
import { fileError } from '../projects/fileErrors.ts';
import { changeShared } from '../projects/sharedFile.ts';

const path = z.string().min(1).max(4096);

const sourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('folder'), folder: path }),
  z.strictObject({ kind: z.literal('folder+adapter'), folder: path, adapter: path }),
  z.strictObject({
    kind: z.literal('checkpoint'),
    checkpoint: path,
    adapter: path.nullable(),
    tokenizer: path,
  }),
]);

const entrySchema = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
  name: z.string().max(200),
  source: sourceSchema,
  /** How it came here: the user's own files stay when a model is removed, downloaded ones can go. */
  origin: z.enum(['added', 'downloaded']),
  licence: z.string().max(200).nullable(),
  /** The hub's name and commit of a downloaded model. */
  repository: z.strictObject({ name: z.string(), revision: z.string() }).nullable(),
});

const indexSchema = z.strictObject({ version: z.literal(1), models: z.array(entrySchema).max(1000) });

/** A model that the user added or downloaded. */
export type LibraryEntry = z.infer<typeof entrySchema>;

const MAX_BYTES = 4 * 2 ** 20;

/** @param data the library's data folder */
export function indexPath(data: string): string {
  return join(data, 'models.json');
}

/**
 * The models in the index; none when there is no index yet.
 *
 * @throws UserError when the index is damaged: it is never overwritten then
 */
export function readIndex(data: string): LibraryEntry[] {
  const file = indexPath(data);
  let text: string;
  try {
    if (statSync(file).size > MAX_BYTES)
      throw new UserError(`${file}: is too large to be the list of models.`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    if (error instanceof UserError) throw error;
    throw fileError('read', file, error);
  }
  try {
    return indexSchema.parse(JSON.parse(text)).models;
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const where = issue === undefined ? '' : ` ("${issue.path.join('.')}": ${issue.message})`;
    throw new UserError(
      `${file}: the list of models is damaged${where}; repair it, or rename it and add the models again.`,
    );
  }
}

/**
 * Changes the index: what is read, changed and written back is one step for every process that does this.
 *
 * @param change from the models that are in it to those that are to be; what it throws leaves the index as it was
 * @throws UserError when the index is damaged or cannot be written
 */
export async function changeIndex(
  data: string,
  change: (models: readonly LibraryEntry[]) => readonly LibraryEntry[],
): Promise<void> {
  const file = indexPath(data);
  await changeShared(file, async () => {
    const models = change(readIndex(data));
    try {
      await writeFileAtomic(file, `${JSON.stringify({ version: 1, models }, null, 2)}\n`, { backup: true });
    } catch (error) {
      throw fileError('save', file, error);
    }
  }).catch((error: unknown) => {
    throw fileError('save', file, error);
  });
}
