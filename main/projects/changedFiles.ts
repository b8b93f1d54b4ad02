import { join } from 'node:path';
import type { ResultEntry } from '../../preload/contract/project.ts';
import { readLimitedBytes } from './readFiles.ts';
import { MAX_PICTURE_BYTES, sha256 } from './resultFiles.ts';

/**
 * The files of a result that have the size that was written but other bytes: a failing disk, a bad copy, another
 * program. Opening a project compares sizes alone; this reads every file, and so is done when a result is first shown.
 *
 * @param folder the result's folder
 * @param entry what its entry.json says of its files
 * @param missing files that are known to be gone or of another size; they are not looked at
 */
export async function changedFiles(
  folder: string,
  entry: ResultEntry,
  missing: readonly string[],
): Promise<string[]> {
  const changed: string[] = [];
  for (const [file, { sha256: written }] of Object.entries(entry.files)) {
    if (missing.includes(file)) continue;
    const bytes = await readLimitedBytes(join(folder, file), MAX_PICTURE_BYTES).catch(() => null);
    if (bytes === null || sha256(bytes) !== written) changed.push(file);
  }
  return changed;
}
