/**
 * Guided image filter with a colour guide (He, Sun and Tang, "Guided Image Filtering", TPAMI 2013, equations 19 to 21):
 * in every window the output is a linear function of the guide's three channels, so that the edges of the filtered map
 * move to the edges of the image. Windows are squares of side 2 * radius + 1, cut at the image's border.
 */
export interface Guide {
  width: number;
  height: number;
  radius: number;
  /** Red, green and blue, 0..1, and their means over the windows. */
  channels: readonly [Float32Array, Float32Array, Float32Array];
  means: readonly [Float32Array, Float32Array, Float32Array];
  /** Inverse of the windows' covariance + epsilon * identity: rr, rg, rb, gg, gb, bb. */
  inverse: readonly [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
}

/**
 * What can be computed once for all maps.
 *
 * @param image RGB, 8 bits, row-major
 * @param epsilon variance (colours in 0..1) below which a window counts as flat
 */
export function prepareGuide(
  image: Uint8Array,
  width: number,
  height: number,
  radius: number,
  epsilon: number,
): Guide {
  const size = width * height;
  const channel = (c: number): Float32Array => {
    const values = new Float32Array(size);
    for (let p = 0; p < size; p++) values[p] = (image[3 * p + c] ?? 0) / 255;
    return values;
  };
  const [r, g, b] = [channel(0), channel(1), channel(2)];
  const mean = (values: Float32Array): Float32Array => boxMean(values, width, height, radius);
  const product = (x: Float32Array, y: Float32Array): Float32Array =>
    x.map((value, p) => value * (y[p] ?? 0));
  const [mr, mg, mb] = [mean(r), mean(g), mean(b)];
  const [rr, rg, rb] = [mean(product(r, r)), mean(product(r, g)), mean(product(r, b))];
  const [gg, gb, bb] = [mean(product(g, g)), mean(product(g, b)), mean(product(b, b))];
  for (let p = 0; p < size; p++) {
    const [x, y, z] = [mr[p] ?? 0, mg[p] ?? 0, mb[p] ?? 0];
    const a00 = (rr[p] ?? 0) - x * x + epsilon;
    const a01 = (rg[p] ?? 0) - x * y;
    const a02 = (rb[p] ?? 0) - x * z;
    const a11 = (gg[p] ?? 0) - y * y + epsilon;
    const a12 = (gb[p] ?? 0) - y * z;
    const a22 = (bb[p] ?? 0) - z * z + epsilon;
    const c00 = a11 * a22 - a12 * a12;
    const c01 = a02 * a12 - a01 * a22;
    const c02 = a01 * a12 - a02 * a11;
    const determinant = a00 * c00 + a01 * c01 + a02 * c02;
    rr[p] = c00 / determinant;
    rg[p] = c01 / determinant;
    rb[p] = c02 / determinant;
    gg[p] = (a00 * a22 - a02 * a02) / determinant;
    gb[p] = (a01 * a02 - a00 * a12) / determinant;
    bb[p] = (a00 * a11 - a01 * a01) / determinant;
  }
  return {
    width,
    height,
    radius,
    channels: [r, g, b],
    means: [mr, mg, mb],
    inverse: [rr, rg, rb, gg, gb, bb],
  };
}

/** Half-open range of pixels. */
export interface Region {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * One map at the guide's size, filtered inside a region; 0 outside. Inside, the values are those of filtering the whole
 * map: they depend on nothing farther away than twice the radius. They may leave the range of the input a little.
 */
export function guidedFilter(guide: Guide, map: Float32Array, region: Region): Float32Array {
  const { width, height, radius } = guide;
  const outer: Region = {
    left: Math.max(0, region.left - 2 * radius),
    top: Math.max(0, region.top - 2 * radius),
    right: Math.min(width, region.right + 2 * radius),
    bottom: Math.min(height, region.bottom + 2 * radius),
  };
  const cut = (values: Float32Array): Float32Array => crop(values, width, outer);
  const [r, g, b] = guide.channels;
  const [mr, mg, mb] = guide.means;
  const [rr, rg, rb, gg, gb, bb] = guide.inverse;
  const part: Guide = {
    width: outer.right - outer.left,
    height: outer.bottom - outer.top,
    radius,
    channels: [cut(r), cut(g), cut(b)],
    means: [cut(mr), cut(mg), cut(mb)],
    inverse: [cut(rr), cut(rg), cut(rb), cut(gg), cut(gb), cut(bb)],
  };
  const filtered = filterWhole(part, cut(map));
  const out = new Float32Array(map.length);
  for (let y = region.top; y < region.bottom; y++) {
    const from = (y - outer.top) * part.width - outer.left;
    out.set(filtered.subarray(from + region.left, from + region.right), y * width + region.left);
  }
  return out;
}

function crop(values: Float32Array, width: number, { left, top, right, bottom }: Region): Float32Array {
  const out = new Float32Array((right - left) * (bottom - top));
  for (let y = top; y < bottom; y++) {
    out.set(values.subarray(y * width + left, y * width + right), (y - top) * (right - left));
  }
  return out;
}

function filterWhole(guide: Guide, map: Float32Array): Float32Array {
  const { width, height, radius, channels, means, inverse } = guide;
  const mean = (values: Float32Array): Float32Array => boxMean(values, width, height, radius);
  const mapMean = mean(map);
  const [c0, c1, c2] = channels.map((channel) => mean(channel.map((value, p) => value * (map[p] ?? 0))));
  if (c0 === undefined || c1 === undefined || c2 === undefined)
    throw new Error('A guide has three channels.');
  const [m0, m1, m2] = means;
  const [rr, rg, rb, gg, gb, bb] = inverse;
  const constant = mapMean;
  for (let p = 0; p < map.length; p++) {
    const average = mapMean[p] ?? 0;
    const [x, y, z] = [m0[p] ?? 0, m1[p] ?? 0, m2[p] ?? 0];
    const v0 = (c0[p] ?? 0) - x * average;
    const v1 = (c1[p] ?? 0) - y * average;
    const v2 = (c2[p] ?? 0) - z * average;
    const a0 = (rr[p] ?? 0) * v0 + (rg[p] ?? 0) * v1 + (rb[p] ?? 0) * v2;
    const a1 = (rg[p] ?? 0) * v0 + (gg[p] ?? 0) * v1 + (gb[p] ?? 0) * v2;
    const a2 = (rb[p] ?? 0) * v0 + (gb[p] ?? 0) * v1 + (bb[p] ?? 0) * v2;
    c0[p] = a0;
    c1[p] = a1;
    c2[p] = a2;
    constant[p] = average - a0 * x - a1 * y - a2 * z;
  }
  const [s0, s1, s2, rest] = [mean(c0), mean(c1), mean(c2), mean(constant)];
  const [r, g, b] = channels;
  return rest.map(
    (value, p) =>
      value + (s0[p] ?? 0) * (r[p] ?? 0) + (s1[p] ?? 0) * (g[p] ?? 0) + (s2[p] ?? 0) * (b[p] ?? 0),
  );
}

/** Mean over the window around every pixel, the window cut at the border: running sums along rows, then columns. */
export function boxMean(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const across = new Float32Array(values.length);
  for (let y = 0; y < height; y++) slide(values, across, y * width, 1, width, radius);
  const out = new Float32Array(values.length);
  for (let x = 0; x < width; x++) slide(across, out, x, width, height, radius);
  return out;
}

function slide(
  from: Float32Array,
  to: Float32Array,
  start: number,
  stride: number,
  length: number,
  radius: number,
): void {
  let sum = 0;
  for (let i = 0; i < Math.min(radius, length); i++) sum += from[start + i * stride] ?? 0;
  for (let i = 0; i < length; i++) {
    if (i + radius < length) sum += from[start + (i + radius) * stride] ?? 0;
    if (i - radius > 0) sum -= from[start + (i - radius - 1) * stride] ?? 0;
    const count = Math.min(length - 1, i + radius) - Math.max(0, i - radius) + 1;
    to[start + i * stride] = sum / count;
  }
}
