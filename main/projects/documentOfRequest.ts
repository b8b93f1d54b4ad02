import { captionOf } from '../../preload/contract/caption.ts';
import { newDocument } from '../../preload/contract/newDocument.ts';
import type { ProjectDocument } from '../../preload/contract/project.ts';
import { settingsSchema } from '../../preload/contract/project.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';

/** The document of a request: what restoring a result's layout and dropping a PNG on the window open. */
export function documentOfRequest(request: GenerationRequest): ProjectDocument {
  const { width, height, caption, negative, boxes, bind } = request;
  return {
    ...newDocument({ model: request.model, width, height }),
    boxes: boxes.map(({ id, phrase, box, colour }, index) => ({
      id,
      phrase,
      box,
      colour: colour ?? index,
      locked: false,
      hidden: false,
    })),
    bind,
    // Without boxes the caption is all that says what is to be seen: it was written.
    caption:
      boxes.length === 0
        ? { text: caption, edited: true }
        : captionOf(
            caption,
            boxes.map(({ phrase }) => phrase),
          ),
    negative,
    settings: settingsSchema.strip().parse(request),
    seedMode: 'locked',
  };
}
