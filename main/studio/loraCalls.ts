import { resolve } from 'node:path';
import { findModel } from '../host/models.ts';
import { readOutside } from '../reader/outside.ts';
import type { CallsOf, Handlers } from './calls.ts';

/** LoRA files: looked at before they are part of a run. */
export function loraCalls(): Handlers<CallsOf<'loras'>> {
  return {
    'loras.check': async ({ file, model }) => {
      const { source } = findModel(model);
      // All its values are read, which takes as long as the disk does.
      const options = { about: file, totalMs: null };
      return { file: await readOutside('loraFile', { path: resolve(file), model: source }, options) };
    },
  };
}
