import { z } from 'zod';
import type { LayoutBox } from '../../../preload/contract/layout.ts';
import type { CocoImage, LeftOut } from '../../../preload/contract/studioRecords.ts';
import { UserError } from '../../engine/errors.ts';
import { firstIssue, isObject } from '../salvage.ts';

/** COCO numbers its ids; other programs write them as text, or one way here and another there. */
const id = z.union([z.number(), z.string()]).transform(String);

/** The part of COCO's annotation format (cocodataset.org, "Data format") that makes a layout; the rest is ignored. */
const cocoSchema = z.object({
  images: z
    .array(
      z.object({
        id,
        width: z.unknown().optional(),
        height: z.unknown().optional(),
        file_name: z.unknown().optional(),
      }),
    )
    .min(1, 'must hold an image'),
  annotations: z.array(
    z.object({
      image_id: id,
      category_id: z.unknown().optional(),
      bbox: z.unknown().optional(),
      iscrowd: z.unknown().optional(),
    }),
  ),
  /** Lists of categories hold such as no annotation uses, without a name at times: only the used ones matter. */
  categories: z.array(z.object({ id, name: z.unknown().optional() })),
});

type CocoData = z.infer<typeof cocoSchema>;

/** One image of a COCO file. */
export interface CocoLayout {
  readonly name: string;
  /** Width over height of the image. */
  readonly ratio: number;
  /** As shares of the image, in the file's order, the category as phrase; as many as there are. */
  readonly boxes: LayoutBox[];
  readonly leftOut: LeftOut;
}

/** Whether the JSON is COCO's rather than a layout file's. */
export function looksLikeCoco(raw: unknown): boolean {
  return isObject(raw) && 'annotations' in raw;
}

/** A COCO annotation file: the one importer of the studio and the command line. */
export class CocoFile {
  readonly images: readonly CocoImage[];
  /** What messages call the file. */
  readonly name: string;
  private readonly data: CocoData;

  /**
   * @param raw the file's JSON
   * @param name what to call the file in messages
   * @throws UserError naming the field and what is allowed
   */
  constructor(raw: unknown, name: string) {
    const parsed = cocoSchema.safeParse(raw);
    if (!parsed.success)
      throw new UserError(`${name} is not a COCO annotation file: ${firstIssue(parsed.error)}.`);
    this.name = name;
    this.data = parsed.data;
    const counts = new Map<string, number>();
    for (const annotation of this.data.annotations) {
      if (isCrowd(annotation.iscrowd) || boxOf(annotation.bbox) === null) continue;
      counts.set(annotation.image_id, (counts.get(annotation.image_id) ?? 0) + 1);
    }
    this.images = this.data.images.map((image) => ({
      id: image.id,
      name: fileName(image),
      boxes: counts.get(image.id) ?? 0,
    }));
  }

  /**
   * The image that a user names: by id, file name, or the file name's last part.
   *
   * @throws UserError when none or several are called so
   */
  find(wanted: string): CocoImage {
    const byId = this.images.filter((image) => image.id === wanted);
    const byName = this.images.filter(({ name }) => name === wanted);
    const byEnd = this.images.filter(({ name }) => name.split(/[\\/]/).at(-1) === wanted);
    const found = [byId, byName, byEnd].find((images) => images.length > 0) ?? [];
    const [image] = found;
    if (image === undefined) {
      throw new UserError(`${this.name} has no image "${wanted.slice(0, 80)}"; it has ${this.listed()}.`);
    }
    if (found.length > 1) {
      const ids = found.slice(0, 10).map((one) => one.id).join(', '); // prettier-ignore
      throw new UserError(
        `${this.name} has ${found.length} images "${wanted.slice(0, 80)}": name one by its id (${ids}).`,
      );
    }
    return image;
  }

  /** "a.jpg (2 boxes), b.jpg (1 box)", at most ten. */
  listed(): string {
    const some = this.images
      .slice(0, 10)
      .map(({ name, boxes }) => `${name} (${boxes} ${boxes === 1 ? 'box' : 'boxes'})`);
    const more = this.images.length - some.length;
    return `${some.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  }

  /**
   * The boxes of one image, cut to it. Crowd regions, annotations without a box and boxes outside of the image are left
   * out and counted.
   *
   * @param wanted what `find` takes; null for the only image
   * @throws UserError when several images are there and none is named, when the image has no size or no boxes, or a
   *   category no name
   */
  layout(wanted: string | null): CocoLayout {
    const [only] = this.images;
    if (wanted === null && this.images.length > 1) {
      throw new UserError(
        `${this.name} describes ${this.images.length} images; name one of them: ${this.listed()}.`,
      );
    }
    const chosen = wanted === null ? only : this.find(wanted);
    const image = this.data.images.find((one) => one.id === chosen?.id);
    if (chosen === undefined || image === undefined) throw new UserError(`${this.name} has no image.`);
    const [width, height] = [sideOf(image.width), sideOf(image.height)];
    if (width === null || height === null) {
      throw new UserError(`${this.name}: the image ${chosen.name} has no width and height above 0.`);
    }
    const phrases = this.phrases();
    const boxes: LayoutBox[] = [];
    const leftOut = { crowds: 0, withoutBox: 0, outside: 0, over: 0 };
    for (const { image_id, category_id, bbox, iscrowd } of this.data.annotations) {
      if (image_id !== chosen.id) continue;
      const corner = boxOf(bbox);
      if (isCrowd(iscrowd)) leftOut.crowds++;
      else if (corner === null) leftOut.withoutBox++;
      else {
        const [x, y, w, h] = corner;
        const [x0, x1] = [share(x, width), share(x + w, width)];
        const [y0, y1] = [share(y, height), share(y + h, height)];
        if (x1 <= x0 || y1 <= y0) leftOut.outside++;
        else {
          const phrase = this.phrase(phrases, category_id);
          boxes.push({ id: `box-${boxes.length + 1}`, phrase, box: [x0, y0, x1, y1] });
        }
      }
    }
    if (boxes.length === 0) {
      const left = leftOutText(leftOut);
      throw new UserError(
        `${this.name} has no boxes for the image ${chosen.name}${left === '' ? '' : ` (left out: ${left})`}.`,
      );
    }
    return { name: chosen.name, ratio: width / height, boxes, leftOut };
  }

  private phrases(): Map<string, string> {
    return new Map(
      this.data.categories.flatMap((category) => {
        const phrase = typeof category.name === 'string' ? category.name.trim().slice(0, 200).trim() : '';
        return phrase === '' ? [] : [[category.id, phrase]];
      }),
    );
  }

  private phrase(phrases: ReadonlyMap<string, string>, category: unknown): string {
    const known = id.safeParse(category);
    const phrase = known.success ? phrases.get(known.data) : undefined;
    if (phrase !== undefined) return phrase;
    const called = known.success ? `of category ${known.data.slice(0, 80)}` : 'without a category';
    throw new UserError(
      `${this.name}: an annotation is ${called}, which the file gives no name; add it to "categories".`,
    );
  }
}

/** "crowd regions (1), annotations without a box (2)"; empty when nothing was left out. */
export function leftOutText({ crowds, withoutBox, outside, over }: LeftOut): string {
  const parts: [number, string][] = [
    [crowds, 'crowd regions'],
    [withoutBox, 'annotations without a box'],
    [outside, 'boxes outside of the image'],
    [over, 'boxes that a document has no room for'],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${what} (${count})`)
    .join(', ');
}

function fileName({ id: own, file_name: name }: CocoData['images'][number]): string {
  return typeof name === 'string' && name !== '' ? name : own;
}

function sideOf(value: unknown): number | null {
  return typeof value === 'number' && value > 0 && value <= 1e6 ? value : null;
}

const isCrowd = (value: unknown): boolean => value === 1 || value === true || value === '1';

const boxSchema = z.tuple([z.number(), z.number(), z.number(), z.number()]);

/** [x, y, width, height] in pixels; null for an annotation that has none, or something else there. */
function boxOf(value: unknown): z.infer<typeof boxSchema> | null {
  const parsed = boxSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

function share(value: number, side: number): number {
  return Math.min(1, Math.max(0, value / side));
}
