import { join } from 'node:path';
import { boxesOfResult } from '../../../preload/contract/foundBoxes.ts';
import { subjectsOf } from '../../../preload/contract/instances.ts';
import { colourOfBox } from '../../../preload/contract/palette.ts';
import type { GenerationResult } from '../../../preload/contract/result.ts';
import { UserError } from '../../engine/errors.ts';
import { decodeRle } from '../../engine/masks/rle.ts';
import { decodePng, type Picture } from '../picture.ts';
import { readLimitedBytes } from '../readFiles.ts';
import { IMAGE, MAX_PICTURE_BYTES, readResultRecord, RESULT, resultFolder } from '../resultFiles.ts';

/** A box of a result with its pixels. */
export interface ExportBox {
  id: string;
  phrase: string;
  /** What was asked for: [x0, y0, x1, y1] as shares of the image. */
  box: readonly [number, number, number, number];
  /** Row-major, 0 or 1, at the image's size. */
  mask: Uint8Array;
  /** `#rrggbb` */
  colour: string;
}

/** All that an export of a result draws on. */
export interface Exportable {
  id: string;
  created: string;
  result: GenerationResult;
  image: Picture;
  /** image.png as it is, with its request. */
  png: Uint8Array;
  boxes: ExportBox[];
}

/**
 * Reads a result for export. The masks come from result.json, so they are exact even when mask files are lost.
 *
 * @param colours colour indices by box id, as the studio shows them; a box that is not among them has its place's
 * @throws UserError when image.png or result.json cannot be read
 */
export async function readExportable(
  project: string,
  id: string,
  colours: ReadonlyMap<string, number> = new Map(),
): Promise<Exportable> {
  const record = await readResultRecord(project, id, []);
  const result = record?.result;
  if (record === null || !result)
    throw new UserError(`The result ${id} cannot be exported: its ${RESULT} is missing or damaged.`);
  const path = join(resultFolder(project, id), IMAGE);
  let png: Uint8Array;
  try {
    png = await readLimitedBytes(path, MAX_PICTURE_BYTES);
  } catch {
    throw new UserError(`The result ${id} cannot be exported: its ${IMAGE} is missing.`);
  }
  const image = decodePng(png, path);
  const places = boxesOfResult(result);
  const boxes = subjectsOf(result.request).map((asked, index): ExportBox => {
    const found = result.boxes.find(({ id: other }) => other === asked.id);
    if (found === undefined)
      throw new UserError(`The result ${id} has no mask of the box "${asked.phrase}".`);
    const [height, width] = found.rle.size;
    if (width !== image.width || height !== image.height) {
      throw new UserError(
        `The mask of "${asked.phrase}" is ${width} x ${height}, the image ${image.width} x ${image.height}.`,
      );
    }
    const shown = result.request.boxes.find(({ id: other }) => other === asked.id)?.colour;
    const colour = colourOfBox(shown ?? colours.get(asked.id) ?? index);
    const box = places[index] ?? asked.box;
    return { id: asked.id, phrase: asked.phrase, box, mask: decodeRle(found.rle), colour };
  });
  return { id, created: record.entry.created, result, image, png, boxes };
}

/** `#rrggbb` as three numbers. @throws Error for anything else: colours are the program's own */
export function rgbOf(colour: string): [red: number, green: number, blue: number] {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (match === null) throw new Error(`"${colour}" is not a colour like #rrggbb.`);
  return [1, 2, 3].map((group) => parseInt(match[group] ?? '0', 16)) as [number, number, number];
}
