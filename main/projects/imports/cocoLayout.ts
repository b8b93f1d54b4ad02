import { z } from 'zod';
import type { Layout } from '../../../preload/contract/layout.ts';
import { LAYOUT_VERSION, MAX_BOXES } from '../../../preload/contract/layout.ts';
import { UserError } from '../../engine/errors.ts';
import { parseBoundedJson } from '../../files/boundedJson.ts';
import { BOUNDS } from '../../files/bounds.ts';
import { firstIssue } from '../salvage.ts';

const number = z.number();

/** The part of COCO's annotation format that makes a layout; everything else in the file is ignored. */
const cocoSchema = z.object({
  images: z
    .array(
      z.object({ id: number, width: number.min(1), height: number.min(1), file_name: z.string().optional() }),
    )
    .min(1),
  annotations: z.array(
    z.object({ image_id: number, category_id: number, bbox: z.tuple([number, number, number, number]) }),
  ),
  categories: z.array(z.object({ id: number, name: z.string().trim().min(1) })),
});

/**
 * The layout of one image of a COCO annotation file: boxes as shares of the image, in the file's order, the category
 * as phrase. Boxes are cut to the image; what has no area there is left out.
 *
 * @param options.image id of the image; needed when the file has several
 * @throws UserError naming the field and what is allowed
 */
export function layoutOfCoco(text: string, name: string, { image: wanted }: { image?: number } = {}): Layout {
  let raw: unknown;
  try {
    raw = parseBoundedJson(text, BOUNDS.dropped, name);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${name} is not JSON.`);
  }
  const parsed = cocoSchema.safeParse(raw);
  if (!parsed.success)
    throw new UserError(`${name} is not a COCO annotation file: ${firstIssue(parsed.error)}.`);
  const { images, annotations, categories } = parsed.data;
  const image = wanted === undefined ? images[0] : images.find(({ id }) => id === wanted);
  if (image === undefined) throw new UserError(`${name} has no image ${wanted}.`);
  if (wanted === undefined && images.length > 1) {
    throw new UserError(`${name} describes ${images.length} images; a layout is made from a file with one.`);
  }
  const phrases = new Map(categories.map((category) => [category.id, category.name]));
  const boxes: Layout['boxes'] = [];
  for (const { image_id, category_id, bbox } of annotations) {
    if (image_id !== image.id) continue;
    const phrase = phrases.get(category_id);
    if (phrase === undefined)
      throw new UserError(
        `${name}: an annotation is of category ${category_id}, which the file does not define.`,
      );
    const [x, y, width, height] = bbox;
    const [x0, x1] = [share(x, image.width), share(x + width, image.width)];
    const [y0, y1] = [share(y, image.height), share(y + height, image.height)];
    if (x1 <= x0 || y1 <= y0) continue;
    boxes.push({ id: `box-${boxes.length + 1}`, phrase: phrase.slice(0, 200), box: [x0, y0, x1, y1] });
  }
  if (boxes.length === 0) throw new UserError(`${name} has no boxes for its image.`);
  if (boxes.length > MAX_BOXES)
    throw new UserError(`${name} has ${boxes.length} boxes; at most ${MAX_BOXES} are allowed.`);
  return { version: LAYOUT_VERSION, boxes, bind: [] };
}

function share(value: number, side: number): number {
  return Math.min(1, Math.max(0, value / side));
}
