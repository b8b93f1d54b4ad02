import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../projects/atomicFile.ts';
import { readLimited } from '../../projects/readFiles.ts';
import { changeShared } from '../../projects/sharedFile.ts';
import { isPlainPath, isRepositoryName } from './client.ts';

const fileSchema = z.strictObject({
  path: z.string().refine(isPlainPath),
  bytes: z.int().min(0),
  hash: z.strictObject({ kind: z.enum(['sha256', 'git-blob']), hex: z.string() }).nullable(),
});

const recordSchema = z.strictObject({
  id: z.uuid(),
  repository: z.strictObject({
    name: z.string().refine(isRepositoryName),
    revision: z.string().max(200),
    licence: z.string().nullable(),
    gated: z.boolean(),
  }),
  files: z.array(fileSchema).min(1).max(2000),
});

/** A download that has not ended: enough to go on with it after the program was closed. */
export type DownloadRecord = z.infer<typeof recordSchema>;

/** The unfinished downloads in one file. */
export class DownloadRecords {
  readonly #path: string;

  /** @param data the library's data folder */
  constructor(data: string) {
    this.#path = join(data, 'downloads.json');
  }

  /** A damaged file is as if there were none: what came so far is found again by looking the repository up. */
  async read(): Promise<DownloadRecord[]> {
    try {
      return z
        .array(recordSchema)
        .max(100)
        .parse(JSON.parse(await readLimited(this.#path, 2 ** 24)));
    } catch {
      return [];
    }
  }

  /**
   * Writes the unfinished downloads of this process; those of other processes stay.
   *
   * @param records what is unfinished now
   * @param known ids of all that this process has read or begun
   */
  write(records: readonly DownloadRecord[], known: ReadonlySet<string>): Promise<void> {
    return changeShared(this.#path, async () => {
      const others = (await this.read()).filter(({ id }) => !known.has(id));
      await writeFileAtomic(this.#path, `${JSON.stringify([...others, ...records], null, 1)}\n`);
    });
  }
}
