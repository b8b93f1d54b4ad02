import type { ProjectDocument } from '../../preload/contract/project.ts';
import { settingsSchema } from '../../preload/contract/project.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';

/** What an empty document needs to know of the model it starts with. */
export interface DocumentDefaults {
  /** Model id from the library, or an absolute folder. */
  model: string;
  width: number;
  height: number;
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
    seedMode: 'locked',
    backdrop: null,
  };
}

/** The document of a request: what restoring a result's layout and dropping a PNG on the window open. */
export function documentOfRequest(request: GenerationRequest): ProjectDocument {
  const { width, height, caption, negative, boxes, bind } = request;
  return {
    ...newDocument({ model: request.model, width, height }),
    boxes: boxes.map((box, index) => ({ ...box, colour: index, locked: false, hidden: false })),
    bind,
    caption: { text: caption, edited: true },
    negative,
    settings: settingsSchema.strip().parse(request),
    seedMode: 'locked',
  };
}
