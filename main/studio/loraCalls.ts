import { resolve } from 'node:path';
import { openLora } from '../engine/weights/lora/openLora.ts';
import { openModel } from '../engine/weights/openModel.ts';
import { findModel } from '../host/models.ts';
import type { CallsOf, Handlers } from './calls.ts';

/** LoRA files: looked at before they are part of a run. */
export function loraCalls(): Handlers<CallsOf<'loras'>> {
  return {
    'loras.check': async ({ file, model }) => {
      const lora = await openLora(resolve(file), await openModel(findModel(model).source));
      return { file: lora.file };
    },
  };
}
