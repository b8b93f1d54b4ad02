import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../engine/errors.ts';
import type { ModelSource } from '../engine/weights/openModel.ts';
import { libraryFolders } from '../library/folders.ts';
import { readIndex } from '../library/libraryIndex.ts';
import { assetsRoot } from './appRoot.ts';

export interface InstalledModel {
  readonly id: string;
  /** The model's folder, or the file of a checkpoint: what it is called by. */
  readonly folder: string;
  readonly source: ModelSource;
}

function inFolder(id: string, folder: string): InstalledModel {
  return { id, folder, source: { kind: 'folder', folder } };
}

/** The models that come with the program. */
export function bundledModels(): InstalledModel[] {
  const folder = join(assetsRoot(), 'models');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((id) => inFolder(id, join(folder, id)))
    .filter(({ folder: model }) => existsSync(join(model, 'unet', 'config.json')));
}

/** The model that is used when none is named. @throws UserError when none came with the program */
export function defaultModel(): InstalledModel {
  const [first] = bundledModels();
  if (!first)
    throw new UserError('No model is installed in assets/models; name a diffusers folder with --model.');
  return first;
}

/** The models that the user added to the library. */
function addedModels(): InstalledModel[] {
  return readIndex(libraryFolders().data).map(({ id, source }) => ({
    id,
    folder: source.kind === 'checkpoint' ? source.checkpoint : source.folder,
    source,
  }));
}

/**
 * A model by its id, the program's or one of the library, or a diffusers folder by its path.
 *
 * @throws UserError naming the models there are
 */
export function findModel(idOrFolder: string): InstalledModel {
  const models = [...bundledModels(), ...addedModels()];
  const found = models.find(({ id }) => id === idOrFolder);
  if (found) return found;
  const folder = resolve(idOrFolder);
  const status = statSync(folder, { throwIfNoEntry: false });
  if (status?.isFile() === true) {
    throw new UserError(
      `model "${idOrFolder}": is a file; add it to the library with "models add ${idOrFolder}" (and --adapter, if GLIGEN's layers are in a file of their own), then name it by its id.`,
    );
  }
  if (status !== undefined) return inFolder(folder, folder);
  const known = models.map(({ id }) => id).join(', ') || 'none';
  throw new UserError(
    `model "${idOrFolder}": there is neither a model of that id (known: ${known}) nor a folder of that name.`,
  );
}
