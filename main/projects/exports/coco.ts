import type { Rle } from '../../../preload/contract/rle.ts';
import { traceContours } from '../../engine/masks/contours.ts';
import { areaOfMask, boxOfMask, encodeRle } from '../../engine/masks/rle.ts';
import type { Exportable } from './exportable.ts';

/** COCO's object detection format (cocodataset.org, "Data format"). */
export interface CocoDataset {
  info: { description: string; version: string; date_created: string };
  images: { id: number; file_name: string; width: number; height: number }[];
  categories: { id: number; name: string; supercategory: string }[];
  annotations: CocoAnnotation[];
}

export interface CocoAnnotation {
  id: number;
  image_id: number;
  category_id: number;
  /** Polygons [x, y, ...] in pixels, or a compressed RLE; both give the mask back exactly. */
  segmentation: number[][] | Rle;
  area: number;
  /** Tight box of the mask: [x, y, width, height]. */
  bbox: [number, number, number, number];
  iscrowd: 0;
}

export type CocoSegmentation = 'rle' | 'polygons';

/**
 * The instances of results as a COCO data set; phrases are its categories. Boxes whose mask is empty are left out,
 * as COCO has no such annotation.
 *
 * @param images each result with the name that its picture is exported under
 */
export function toCoco(
  images: readonly { fileName: string; result: Exportable }[],
  segmentation: CocoSegmentation,
): CocoDataset {
  const categories = new Map<string, number>();
  const annotations: CocoAnnotation[] = [];
  images.forEach(({ result: { boxes, image } }, index) => {
    const { width, height } = image;
    for (const { phrase, mask } of boxes) {
      const bbox = boxOfMask(mask, width, height);
      if (bbox === null) continue;
      const category = categories.get(phrase) ?? categories.size + 1;
      categories.set(phrase, category);
      annotations.push({
        id: annotations.length + 1,
        image_id: index + 1,
        category_id: category,
        segmentation:
          segmentation === 'rle' ? encodeRle(mask, width, height) : traceContours(mask, width, height),
        area: areaOfMask(mask),
        bbox,
        iscrowd: 0,
      });
    }
  });
  return {
    info: {
      description: 'Images made by ISAC Studio with the instance mask of every box',
      version: '1.0',
      date_created: images[0]?.result.created ?? new Date(0).toISOString(),
    },
    images: images.map(({ fileName, result: { image } }, index) => ({
      id: index + 1,
      file_name: fileName,
      width: image.width,
      height: image.height,
    })),
    categories: [...categories].map(([name, id]) => ({ id, name, supercategory: 'object' })),
    annotations,
  };
}
