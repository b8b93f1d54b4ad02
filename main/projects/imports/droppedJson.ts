import { MAX_DOCUMENT_BOXES } from '../../../preload/contract/project.ts';
import type { DocumentDefaults } from '../../../preload/contract/newDocument.ts';
import { sizeOfRatio } from '../../../preload/contract/sizeOfRatio.ts';
import type { CallResult } from '../../../preload/contract/studio.ts';
import { decodeText } from '../../engine/decodeText.ts';
import { UserError } from '../../engine/errors.ts';
import { parseBoundedJson } from '../../files/boundedJson.ts';
import { BOUNDS } from '../../files/bounds.ts';
import { CocoFile, looksLikeCoco } from './cocoFile.ts';
import { documentOfLayout, layoutOf } from './layoutFile.ts';

/**
 * A dropped layout or COCO file as a document, or the images of a COCO file with several, to choose from.
 *
 * @param bytes the file
 * @param name what to call it in messages
 * @param image the image of a COCO file (`CocoFile.find`), null to be asked
 * @throws UserError naming the field and what is allowed
 */
export function readDroppedJson(
  bytes: Uint8Array,
  name: string,
  defaults: DocumentDefaults,
  image: string | null,
): CallResult<'imports.read'> {
  const raw = parseJson(decodeText(bytes, name), name);
  if (!looksLikeCoco(raw)) {
    return { kind: 'layout', document: documentOfLayout(layoutOf(raw, name), defaults), leftOut: null };
  }
  const file = new CocoFile(raw, name);
  if (image === null && file.images.length > 1) return { kind: 'coco', images: [...file.images] };
  const { ratio, boxes, leftOut } = file.layout(image);
  const layout = {
    boxes: boxes.slice(0, MAX_DOCUMENT_BOXES),
    bind: [],
    ...sizeOfRatio(ratio, defaults, defaults.sizeMultiple ?? 8),
  };
  return {
    kind: 'layout',
    document: documentOfLayout(layout, defaults),
    leftOut: { ...leftOut, over: boxes.length - layout.boxes.length },
  };
}

function parseJson(text: string, name: string): unknown {
  try {
    return parseBoundedJson(text, BOUNDS.dropped, name);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${name} is not JSON.`);
  }
}
