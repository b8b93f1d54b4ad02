import type { MapSize } from '../isac/attentionOperator.ts';

/** Share of a tile that its neighbours see too (diffusers: tile_overlap_factor). */
const OVERLAP = 0.25;

/** A map on both sides of a network: its channels, and its values a latent and side (1 for latents, 8 for pixels). */
export interface TiledSide {
  readonly channels: number;
  readonly scale: number;
}

interface Tile {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** Whether latents are large enough to be cut (diffusers: only what is larger than a tile). */
export const needsTiles = ({ width, height }: MapSize, tile: number | null): tile is number =>
  tile !== null && (width > tile || height > tile);

/**
 * AutoencoderKL.tiled_decode and tiled_encode (diffusers 0.33, models/autoencoders/autoencoder_kl.py): overlapping tiles
 * are run by themselves and blended in their overlap, so that memory follows the tile, not the image. A tile does not
 * see what is beyond it: the result differs a little from the one that is made in one piece.
 *
 * @param whole [C, h scale, w scale] of the input's side
 * @param size h and w, in latents
 * @param tile side of a tile in latents, a multiple of 4
 * @param run one tile's input to its output
 * @returns [K, h scale, w scale] of the output's side
 */
export async function inTiles(
  whole: Float32Array,
  size: MapSize,
  tile: number,
  { from, to }: { readonly from: TiledSide; readonly to: TiledSide },
  run: (tile: Float32Array, size: MapSize) => Promise<Float32Array>,
): Promise<Float32Array> {
  if (tile <= 0 || tile % 4 !== 0) throw new Error(`a tile of ${tile} latents is no multiple of 4`);
  const stride = tile * (1 - OVERLAP);
  const blend = tile * to.scale * OVERLAP;
  const kept = tile * to.scale - blend;
  const [width, height] = [size.width * to.scale, size.height * to.scale];
  const result = new Float32Array(to.channels * width * height);
  let above: Tile[] = [];
  for (let top = 0, row = 0; top < size.height; top += stride, row++) {
    const present: Tile[] = [];
    for (let left = 0, column = 0; left < size.width; left += stride, column++) {
      const part = { width: Math.min(tile, size.width - left), height: Math.min(tile, size.height - top) };
      const data = await run(cut(whole, from, size, { top, left, ...part }), part);
      const made: Tile = { data, width: part.width * to.scale, height: part.height * to.scale };
      const [over, before] = [above[column], present[column - 1]];
      if (over) blendRows(over, made, to.channels, blend);
      if (before) blendColumns(before, made, to.channels, blend);
      paste(made, result, {
        width,
        height,
        channels: to.channels,
        top: row * kept,
        left: column * kept,
        kept,
      });
      present.push(made);
    }
    above = present;
  }
  return result;
}

/** A tile of a map; its place in latents. */
function cut(
  whole: Float32Array,
  { channels, scale }: TiledSide,
  size: MapSize,
  at: MapSize & { readonly top: number; readonly left: number },
): Float32Array {
  const [width, height] = [at.width * scale, at.height * scale];
  const data = new Float32Array(channels * width * height);
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < height; y++) {
      const row = (channel * size.height + at.top) * scale + y;
      const from = row * size.width * scale + at.left * scale;
      data.set(whole.subarray(from, from + width), (channel * height + y) * width);
    }
  }
  return data;
}

/** diffusers' blend_v: the first rows of `below` fade in over the last rows of `above`. */
function blendRows(above: Tile, below: Tile, channels: number, most: number): void {
  const extent = Math.min(above.height, below.height, most);
  const width = Math.min(above.width, below.width);
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < extent; y++) {
      const a = (channel * above.height + above.height - extent + y) * above.width;
      const b = (channel * below.height + y) * below.width;
      for (let x = 0; x < width; x++) mix(above.data, a + x, below.data, b + x, y / extent);
    }
  }
}

/** diffusers' blend_h: the first columns of `right` fade in over the last columns of `left`. */
function blendColumns(left: Tile, right: Tile, channels: number, most: number): void {
  const extent = Math.min(left.width, right.width, most);
  const height = Math.min(left.height, right.height);
  for (let row = 0; row < channels * height; row++) {
    const [channel, y] = [Math.floor(row / height), row % height];
    const a = (channel * left.height + y) * left.width + left.width - extent;
    const b = (channel * right.height + y) * right.width;
    for (let x = 0; x < extent; x++) mix(left.data, a + x, right.data, b + x, x / extent);
  }
}

function mix(from: Float32Array, a: number, into: Float32Array, b: number, share: number): void {
  into[b] = (from[a] ?? 0) * (1 - share) + (into[b] ?? 0) * share;
}

function paste(
  tile: Tile,
  image: Float32Array,
  at: { width: number; height: number; channels: number; top: number; left: number; kept: number },
): void {
  const columns = Math.min(tile.width, at.kept, at.width - at.left);
  const rows = Math.min(tile.height, at.kept, at.height - at.top);
  for (let channel = 0; channel < at.channels; channel++) {
    for (let y = 0; y < rows; y++) {
      const from = (channel * tile.height + y) * tile.width;
      const to = (channel * at.height + at.top + y) * at.width + at.left;
      image.set(tile.data.subarray(from, from + columns), to);
    }
  }
}
