/** A mask grown by so many pixels in all eight directions. @param mask row-major, 0 or 1 */
export function dilate(mask: Uint8Array, width: number, height: number, pixels: number): Uint8Array {
  if (pixels <= 0) return mask.slice();
  const wide = spread(mask, width, height, pixels, 1, width);
  return spread(wide, height, width, pixels, width, 1);
}

/** Running maximum along `length` values that lie `stride` apart, for every line. */
function spread(
  mask: Uint8Array,
  length: number,
  lines: number,
  pixels: number,
  stride: number,
  lineStride: number,
): Uint8Array {
  const out = new Uint8Array(mask.length);
  for (let line = 0; line < lines; line++) {
    const start = line * lineStride;
    // Where the last and the next set value lie.
    let last = -Infinity;
    for (let i = 0; i < length; i++) {
      if (mask[start + i * stride] !== 0) last = i;
      if (i - last <= pixels) out[start + i * stride] = 1;
    }
    let next = Infinity;
    for (let i = length - 1; i >= 0; i--) {
      if (mask[start + i * stride] !== 0) next = i;
      if (next - i <= pixels) out[start + i * stride] = 1;
    }
  }
  return out;
}

/** Whether a pixel is set in any of some masks of one size. */
export function union(masks: readonly Uint8Array[], size: number): Uint8Array {
  const out = new Uint8Array(size);
  for (const mask of masks) mask.forEach((value, p) => { if (value !== 0) out[p] = 1; }); // prettier-ignore
  return out;
}

/**
 * One picture in another, inside of a mask: the mask's outer pixels are mixed over `feather` pixels, all of them inside
 * of the mask, so that whatever lies outside keeps every byte. The picture's own border is no edge.
 *
 * @param outside RGB, row-major
 * @param inside the same
 * @param mask 0 or 1 per pixel
 */
export function compose(
  outside: Uint8Array,
  inside: Uint8Array,
  mask: Uint8Array,
  { width, height, feather }: { width: number; height: number; feather: number },
): Uint8Array {
  const out = outside.slice();
  // How many pixels the mask still holds here when its edge is taken off again and again.
  const depth = new Uint8Array(mask.length);
  let hole: Uint8Array = mask.map((value) => (value === 0 ? 1 : 0));
  for (let round = 0; round <= feather; round++) {
    hole.forEach((gone, p) => { if (gone === 0) depth[p] = round + 1; }); // prettier-ignore
    if (round < feather) hole = dilate(hole, width, height, 1);
  }
  mask.forEach((value, p) => {
    if (value === 0) return;
    const share = (depth[p] ?? 0) / (feather + 1);
    for (let i = 3 * p; i < 3 * p + 3; i++) {
      const old = outside[i] ?? 0;
      out[i] = Math.round(old + share * ((inside[i] ?? 0) - old));
    }
  });
  return out;
}
