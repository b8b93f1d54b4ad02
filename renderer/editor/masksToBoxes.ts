import { boxOfPixels } from '../../preload/contract/foundBoxes.ts';
import type { BoxResult, GenerationResult } from '../../preload/contract/result.ts';
import type { DocumentBox } from '../../preload/contract/project.ts';
import { addBoxes, freshId, leastUsedColour } from './document.ts';
import type { LayoutDocument } from './document.ts';

type Found = Pick<BoxResult, 'id' | 'phrase' | 'bbox'>;

/** The instances of a result without a layout whose masks are not empty: a box can be made of each. */
export function bornInstances({ request, boxes }: Pick<GenerationResult, 'request' | 'boxes'>): Found[] {
  return request.boxes.length > 0 ? [] : boxes.filter(({ bbox }) => bbox !== null);
}

/**
 * The tight boxes of masks, on top of the boxes that are there. They keep their instances' ids, so that masks, words and
 * boxes belong together; an id that is in use is replaced by a new one.
 *
 * @param size of the result's image, in pixels
 */
export function addMaskBoxes(
  document: LayoutDocument,
  found: readonly Found[],
  size: { readonly width: number; readonly height: number },
): LayoutDocument {
  return found.reduce((current, { id, phrase, bbox }) => {
    if (bbox === null) {
      return current;
    }
    const used = current.boxes.some((box) => box.id === id);
    const box: DocumentBox = {
      id: used ? freshId(current, 0).id : id,
      phrase,
      box: boxOfPixels(bbox, size),
      colour: leastUsedColour(current.boxes),
      locked: false,
      hidden: false,
    };
    return addBoxes(current, [box]);
  }, document);
}
