import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../engine/errors.ts';
import type { ModelSource } from '../engine/weights/openModel.ts';
import { readOutside } from '../reader/outside.ts';
import { undescribed, type ModelDescription } from './describeModel.ts';

/** Small files whose change makes another model, or another licence, of the same weights. */
const CONFIGS = [
  'README.md',
  'unet/config.json',
  'text_encoder/config.json',
  'vae/config.json',
  'scheduler/scheduler_config.json',
];

interface Known {
  readonly description: ModelDescription;
  readonly stamps: string;
}

/** Looks at each model once, and again when its files changed. Broken ones are looked at every time. */
export class Descriptions {
  readonly #known = new Map<string, Known>();

  async of(source: ModelSource): Promise<ModelDescription> {
    const key = JSON.stringify(source);
    const known = this.#known.get(key);
    if (known !== undefined && known.stamps === (await stampsOf(source, known.description))) {
      return known.description;
    }
    const description = await describeOutside(source);
    if (description.problem === null) {
      this.#known.set(key, { description, stamps: await stampsOf(source, description) });
    } else {
      this.#known.delete(key);
    }
    return description;
  }
}

/**
 * describeModel in the reader's thread. One that had to be ended is a broken model, too, with that as its problem.
 */
export async function describeOutside(source: ModelSource): Promise<ModelDescription> {
  const about = source.kind === 'checkpoint' ? source.checkpoint : source.folder;
  return readOutside('describeModel', { source }, { about }).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    return undescribed(error.message);
  });
}

/** Size and time of change of every file that a description was made from. */
async function stampsOf(source: ModelSource, { files }: ModelDescription): Promise<string> {
  const configs = source.kind === 'checkpoint' ? [] : CONFIGS.map((name) => join(source.folder, name));
  const stamps = [...files.map(({ path }) => path), ...configs].map(async (path) => {
    const found = await stat(path).catch(() => undefined);
    return found === undefined ? 'gone' : `${found.size} ${found.mtimeMs}`;
  });
  return (await Promise.all(stamps)).join('|');
}
