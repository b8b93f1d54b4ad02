import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DocumentDefaults } from '../../preload/contract/newDocument.ts';
import { readOutside } from '../reader/outside.ts';
import { temporaryPath } from './atomicFile.ts';

/**
 * importArchive in the reader's thread; what a thread that was ended has unpacked is removed.
 *
 * @returns the new project's path
 * @throws UserError; nothing is left behind then
 */
export async function importArchiveOutside(
  archive: string,
  into: string,
  defaults: DocumentDefaults,
): Promise<string> {
  const temporary = temporaryPath(join(resolve(into), 'import'));
  try {
    return await readOutside(
      'importArchive',
      { archive, into, defaults, temporary },
      { about: archive, totalMs: null },
    );
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}
