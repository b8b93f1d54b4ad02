/** Pure work on the pixels of masks: RGBA bytes in row order, as ImageData holds them. */

/** A grey mask (its red channel) as the given colour with the mask as its alpha. */
export function tintMask(
  rgba: Uint8ClampedArray,
  [r, g, b]: readonly [number, number, number],
): Uint8ClampedArray<ArrayBuffer> {
  const tinted = new Uint8ClampedArray(rgba.length);
  for (let at = 0; at < rgba.length; at += 4) {
    tinted[at] = r;
    tinted[at + 1] = g;
    tinted[at + 2] = b;
    tinted[at + 3] = rgba[at] ?? 0;
  }
  return tinted;
}

/** A mask as bytes, one per pixel, with its size. */
export interface MaskBytes {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
}

export function maskBytes(rgba: Uint8ClampedArray, width: number, height: number): MaskBytes {
  const values = new Uint8Array(width * height);
  for (let at = 0; at < values.length; at += 1) {
    values[at] = rgba[at * 4] ?? 0;
  }
  return { width, height, values };
}

/** The value of a mask at a place given in shares of the image; 0 outside of it. */
export function maskValueAt(mask: MaskBytes, x: number, y: number): number {
  const column = Math.floor(x * mask.width);
  const row = Math.floor(y * mask.height);
  if (column < 0 || row < 0 || column >= mask.width || row >= mask.height) {
    return 0;
  }
  return mask.values[row * mask.width + column] ?? 0;
}
