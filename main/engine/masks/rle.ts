import { UserError } from '../errors.ts';
import type { Rle } from '../../../preload/contract/rle.ts';

/**
 * COCO run-length encoding in its compressed string form, byte for byte as pycocotools writes it
 * (cocodataset/cocoapi common/maskApi.c: rleEncode, rleToString, rleFrString, rleArea, rleIou).
 * Runs go down the columns and alternate between zeros and ones, zeros first.
 */

/** Tight box of a mask in pixels, as COCO writes it: [x, y, width, height]. */
export type PixelBox = [x: number, y: number, width: number, height: number];

/** No image here is larger; a file that claims so is refused before anything is allocated. */
const MAX_SIDE = 16384;

/** @param mask row-major, width * height values; anything but 0 counts as 1 */
export function encodeRle(mask: Uint8Array, width: number, height: number): Rle {
  checkSize(mask, width, height);
  const counts: number[] = [];
  let value = false;
  let run = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0, index = x; y < height; y++, index += width) {
      const set = mask[index] !== 0;
      if (set !== value) {
        counts.push(run);
        run = 0;
        value = set;
      }
      run++;
    }
  }
  if (run > 0) counts.push(run);
  return { size: [height, width], counts: packCounts(counts) };
}

/** The row-major mask of 0 and 1. @throws UserError when the runs do not add up to the size */
export function decodeRle(rle: Rle): Uint8Array {
  const counts = readCounts(rle);
  const [height, width] = rle.size;
  const mask = new Uint8Array(width * height);
  let position = 0;
  counts.forEach((run, index) => {
    if (index % 2 === 1) {
      for (let p = position; p < position + run; p++) mask[(p % height) * width + Math.floor(p / height)] = 1;
    }
    position += run;
  });
  return mask;
}

/** Number of pixels set. */
export function areaOfRle(rle: Rle): number {
  return readCounts(rle).reduce((area, run, index) => (index % 2 === 1 ? area + run : area), 0);
}

/** Number of pixels set in a mask. */
export function areaOfMask(mask: Uint8Array): number {
  let area = 0;
  for (const value of mask) if (value !== 0) area++;
  return area;
}

/** Tight box of a mask; null when nothing is set (pycocotools' toBbox gives zeros there). */
export function boxOfMask(mask: Uint8Array, width: number, height: number): PixelBox | null {
  checkSize(mask, width, height);
  let [x0, y0, x1, y1] = [width, height, -1, -1];
  for (let y = 0, index = 0; y < height; y++) {
    for (let x = 0; x < width; x++, index++) {
      if (mask[index] === 0) continue;
      if (x < x0) x0 = x;
      if (x > x1) x1 = x;
      if (y < y0) y0 = y;
      y1 = y;
    }
  }
  return x1 < 0 ? null : [x0, y0, x1 - x0 + 1, y1 - y0 + 1];
}

/** Intersection over union of two masks of one size; 0 when both are empty. */
export function iouOfMasks(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) throw new Error(`IoU of masks of ${a.length} and ${b.length} pixels.`);
  let both = 0;
  let either = 0;
  for (let index = 0; index < a.length; index++) {
    const inA = a[index] !== 0;
    const inB = b[index] !== 0;
    if (inA && inB) both++;
    if (inA || inB) either++;
  }
  return either === 0 ? 0 : both / either;
}

/** Intersection over union of two boxes [x, y, width, height]; 0 when both have no area. */
export function iouOfBoxes(a: PixelBox, b: PixelBox): number {
  const overlapX = Math.max(0, Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]));
  const overlapY = Math.max(0, Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]));
  const both = overlapX * overlapY;
  const either = a[2] * a[3] + b[2] * b[3] - both;
  return either <= 0 ? 0 : both / either;
}

/** Numbers of 5 bits a character (48..111, low bits first, bit 5 = more), from the fourth on as a difference to the one before last. */
function packCounts(counts: readonly number[]): string {
  let text = '';
  counts.forEach((count, index) => {
    let rest = index > 2 ? count - (counts[index - 2] ?? 0) : count;
    let more = true;
    while (more) {
      let code = rest & 0x1f;
      rest >>= 5;
      more = (code & 0x10) !== 0 ? rest !== -1 : rest !== 0;
      if (more) code |= 0x20;
      text += String.fromCharCode(code + 48);
    }
  });
  return text;
}

/** The runs of a mask that may come from anywhere. */
function readCounts({ size: [height, width], counts: text }: Rle): number[] {
  for (const side of [height, width]) {
    if (!Number.isInteger(side) || side < 0 || side > MAX_SIDE) {
      throw badRle(`its size is ${width} x ${height}, allowed are 0 to ${MAX_SIDE} pixels a side`);
    }
  }
  const counts: number[] = [];
  let total = 0;
  let position = 0;
  while (position < text.length) {
    let value = 0;
    let shift = 0;
    let more = true;
    while (more) {
      const code = text.charCodeAt(position++) - 48;
      // NaN (the text has ended) fails this test too. Six characters hold 30 bits, more than any image.
      if (!(code >= 0 && code < 64) || shift > 25) throw badRle('its text is not COCO run-length encoding');
      value |= (code & 0x1f) << shift;
      shift += 5;
      more = (code & 0x20) !== 0;
      if (!more && (code & 0x10) !== 0 && shift < 32) value |= -1 << shift;
    }
    if (counts.length > 2) value += counts[counts.length - 2] ?? 0;
    if (value < 0) throw badRle('it has a negative run');
    counts.push(value);
    total += value;
    if (total > width * height) break;
  }
  if (total !== width * height)
    throw badRle(`its runs do not add up to ${width} x ${height} = ${width * height} pixels`);
  return counts;
}

function badRle(reason: string): UserError {
  return new UserError(`The mask cannot be read: ${reason}.`);
}

function checkSize(mask: Uint8Array, width: number, height: number): void {
  if (mask.length !== width * height) {
    throw new Error(`A mask of ${width} x ${height} needs ${width * height} values, not ${mask.length}.`);
  }
}
