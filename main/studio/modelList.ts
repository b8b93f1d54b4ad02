import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { ModelInfo } from '../../preload/contract/studioRecords.ts';
import { weightBytes } from '../engine/diffusion/weightBytes.ts';
import { messageOf, UserError } from '../engine/errors.ts';
import { openModelFolder } from '../engine/weights/modelFolder.ts';
import { bundledModels } from '../host/models.ts';
import { writeFileAtomic } from '../projects/atomicFile.ts';
import { fileError } from '../projects/fileErrors.ts';
import { readLimited } from '../projects/readFiles.ts';
import type { DocumentDefaults } from '../projects/newDocument.ts';

/** The models that a request can name: those that came with the program, and folders that the user added. */
export interface ModelList {
  list(): Promise<ModelInfo[]>;
  /** @throws UserError when the folder holds no model that can be used */
  addFolder(folder: string): Promise<ModelInfo>;
  /** @throws UserError for one that cannot be removed */
  remove(id: string): Promise<void>;
  /** What a new document starts with. */
  defaults(): Promise<DocumentDefaults>;
}

const listSchema = z.array(z.string().min(1).max(4096)).max(1000);

/** Added folders are remembered in one file; a model's id is its folder then, which the engine finds by itself. */
export class FolderModelList implements ModelList {
  readonly #file: string;
  readonly #known = new Map<string, ModelInfo>();

  /** @param file where the list of added folders is kept */
  constructor(file: string) {
    this.#file = file;
  }

  async list(): Promise<ModelInfo[]> {
    const models: ModelInfo[] = [];
    for (const { id, folder } of bundledModels()) models.push(await this.#info(id, folder, 'embedded'));
    for (const folder of await this.#added()) models.push(await this.#info(folder, folder, 'folder'));
    return models;
  }

  async addFolder(folder: string): Promise<ModelInfo> {
    const path = resolve(folder);
    const info = await this.#info(path, path, 'folder');
    if (info.problem !== null) throw new UserError(info.problem);
    const added = await this.#added();
    if (!added.includes(path)) await this.#write([...added, path]);
    return info;
  }

  async remove(id: string): Promise<void> {
    const added = await this.#added();
    if (!added.includes(id)) throw new UserError(`The model ${id} was not added by you and stays.`);
    await this.#write(added.filter((folder) => folder !== id));
  }

  async defaults(): Promise<DocumentDefaults> {
    const [first] = (await this.list()).filter(({ problem }) => problem === null);
    // Without any model a document can still be drawn; running it says what is missing.
    return first === undefined
      ? { model: 'none', width: 512, height: 512 }
      : { model: first.id, width: first.width, height: first.height };
  }

  async #info(id: string, folder: string, source: ModelInfo['source']): Promise<ModelInfo> {
    const known = this.#known.get(folder);
    if (known !== undefined && existsSync(folder)) return known;
    const blank = { id, name: basename(folder), source, folder, width: 512, height: 512, weightBytes: 0 };
    try {
      const model = await openModelFolder(folder);
      const { sampleSize } = model.unet.config;
      const factor = 2 ** (model.vae.config.blockOutChannels.length - 1);
      const info: ModelInfo = {
        ...blank,
        width: (sampleSize?.[1] ?? 64) * factor,
        height: (sampleSize?.[0] ?? 64) * factor,
        weightBytes: weightBytes(model),
        licence: null,
        problem: null,
      };
      this.#known.set(folder, info);
      return info;
    } catch (error) {
      return { ...blank, licence: null, problem: messageOf(error) };
    }
  }

  async #added(): Promise<string[]> {
    try {
      return listSchema.parse(JSON.parse(await readLimited(this.#file, 2 ** 22)));
    } catch {
      return [];
    }
  }

  async #write(folders: readonly string[]): Promise<void> {
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      await writeFileAtomic(this.#file, `${JSON.stringify(folders, null, 2)}\n`);
    } catch (error) {
      throw fileError('save', this.#file, error);
    }
  }
}
