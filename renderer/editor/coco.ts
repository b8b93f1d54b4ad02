import { z } from 'zod';
import type { Box } from '../../preload/contract/layout.ts';
import { COLOUR_COUNT } from '../../preload/contract/palette.ts';
import { MAX_DOCUMENT_BOXES } from '../../preload/contract/project.ts';
import type { DocumentBox } from '../../preload/contract/project.ts';
import { sizeFor } from './commands/sizes.ts';
import { cleanPhrase, withMadeCaption } from './document.ts';
import type { LayoutDocument } from './document.ts';
import { tidyBox } from './geometry/rect.ts';
import { fail, succeed } from './message.ts';
import type { Outcome } from './message.ts';

const identifier = z.union([z.int(), z.string().max(200)]);
const finite = z.number();

/** The part of COCO's annotation format that a layout needs; everything else may be there and is passed over. */
const cocoSchema = z.object({
  images: z
    .array(
      z.object({
        id: identifier,
        width: z.number().positive().max(100_000),
        height: z.number().positive().max(100_000),
        file_name: z.string().max(1000).optional(),
      }),
    )
    .min(1),
  annotations: z.array(
    z.object({
      image_id: identifier,
      category_id: identifier,
      /** [x, y, width, height] in pixels. */
      bbox: z.tuple([finite, finite, finite, finite]),
      iscrowd: z.union([z.int(), z.boolean()]).optional(),
    }),
  ),
  categories: z.array(z.object({ id: identifier, name: z.string().min(1).max(200) })),
});

export interface CocoImage {
  readonly id: string | number;
  readonly name: string;
  /** Annotations that have a box. */
  readonly boxes: number;
}

export interface CocoFile {
  readonly images: readonly CocoImage[];
  /**
   * The boxes of one image as a document: its ratio is the image's, its size about `base` squared in sides
   * of `multiple`, its settings the current ones. Crowds and boxes without an area are left out.
   */
  toDocument(
    imageId: string | number,
    current: LayoutDocument,
    size: { readonly base: number; readonly multiple: number },
  ): Outcome<LayoutDocument>;
}

/** A COCO annotations file; with more than one image the user picks one of `images`. */
export function parseCoco(text: string): Outcome<CocoFile> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('import.notJson');
  }
  const parsed = cocoSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return fail('import.coco', {
      message: `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`,
    });
  }
  const { images, annotations, categories } = parsed.data;
  const names = new Map(categories.map(({ id, name }) => [id, name]));
  const counts = new Map<string | number, number>();
  for (const { image_id: id } of annotations) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return succeed({
    images: images.map(({ id, file_name: name }) => ({
      id,
      name: name ?? String(id),
      boxes: counts.get(id) ?? 0,
    })),
    toDocument: (imageId, current, size) => {
      const image = images.find(({ id }) => id === imageId);
      if (image === undefined) {
        return fail('import.cocoNoImage', { image: String(imageId) });
      }
      const boxes: DocumentBox[] = [];
      for (const annotation of annotations) {
        const box = annotation.image_id === imageId ? toShares(annotation.bbox, image) : null;
        if (box === null || annotation.iscrowd === 1 || annotation.iscrowd === true) {
          continue;
        }
        const phrase = names.get(annotation.category_id);
        if (phrase === undefined) {
          return fail('import.cocoNoCategory', { category: String(annotation.category_id) });
        }
        boxes.push({
          id: `box-${boxes.length + 1}`,
          phrase: cleanPhrase(phrase.trim()),
          box,
          colour: boxes.length % COLOUR_COUNT,
          locked: false,
          hidden: false,
        });
      }
      if (boxes.length === 0) {
        return fail('import.cocoNoBoxes', { image: image.file_name ?? String(imageId) });
      }
      if (boxes.length > MAX_DOCUMENT_BOXES) {
        return fail('notice.tooManyBoxes', { max: MAX_DOCUMENT_BOXES });
      }
      return succeed(
        withMadeCaption({
          ...current,
          ...sizeFor(image.width / image.height, size.base, size.multiple),
          boxes,
          bind: [],
          caption: { text: '', edited: false },
        }),
      );
    },
  });
}

/** A COCO box as shares, cut to the image; null when nothing of it is left. */
function toShares(
  [x, y, w, h]: readonly [number, number, number, number],
  image: { readonly width: number; readonly height: number },
): Box | null {
  const cut = (value: number): number => Math.min(1, Math.max(0, value));
  const box: Box = [
    cut(x / image.width),
    cut(y / image.height),
    cut((x + w) / image.width),
    cut((y + h) / image.height),
  ];
  return box[2] > box[0] && box[3] > box[1] ? tidyBox(box) : null;
}
