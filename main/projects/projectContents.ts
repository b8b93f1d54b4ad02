import { join } from 'node:path';
import type { Damage, OpenProject, ProjectFile } from '../../preload/contract/project.ts';
import { exists } from './atomicFile.ts';
import { projectName } from './names.ts';
import { listResults } from './results.ts';
import { sourcePath, SOURCES } from './sourcePictures.ts';

type Contents = Omit<OpenProject, 'untitled' | 'readOnly' | 'recovered'>;

/**
 * What a project folder holds: its document, its results, and what its files name that is not there.
 *
 * @param found the damage that was seen when it was opened
 */
export async function contentsOf(
  path: string,
  file: ProjectFile,
  found: readonly Damage[],
): Promise<Contents> {
  const { id, document } = file;
  const damage = [...found];
  const results = await listResults(path, file.results, damage);
  const { backdrop } = document;
  if (backdrop !== null && !(await exists(join(path, backdrop.file)))) {
    damage.push({ file: backdrop.file, message: `${backdrop.file}, the backdrop, is missing.` });
  }
  const image = document.settings.source?.image;
  if (image !== undefined && !(await exists(sourcePath(path, image)))) {
    const source = `${SOURCES}/${image}.png`;
    damage.push({ file: source, message: `${source}, the source picture of the settings, is missing.` });
  }
  return { id, path, name: projectName(path), document, results, damage };
}
