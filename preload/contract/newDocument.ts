import { settingsSchema, type ProjectDocument } from './project.ts';

/** What an empty document needs to know of the model it starts with. */
export interface DocumentDefaults {
  /** Model id from the library, or an absolute folder. */
  model: string;
  width: number;
  height: number;
  /** What the model's sides are multiples of; 8, the least a request takes, when it is not known. */
  sizeMultiple?: number;
}

/** An empty document with the default settings. */
export function newDocument({ model, width, height }: DocumentDefaults): ProjectDocument {
  return {
    width,
    height,
    boxes: [],
    bind: [],
    caption: { text: '', edited: false },
    negative: '',
    settings: settingsSchema.parse({ model, seed: 0 }),
    seedMode: 'next',
    backdrop: null,
  };
}
