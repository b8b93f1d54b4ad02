import { newDocument } from '../../preload/contract/newDocument.ts';
import type { ProjectDocument } from '../../preload/contract/project.ts';
import { settingsSchema } from '../../preload/contract/project.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';

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
