import type { MapSize } from '../isac/attentionOperator.ts';

/** Share of a tile that its neighbours see too (diffusers: tile_overlap_factor). */
const OVERLAP = 0.25;

/** What a decoder makes of latents: sizes and channels. */
export interface TileShape {
  readonly latentChannels: number;
  readonly outChannels: number;
  /** Pixels a latent. */
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
 * AutoencoderKL.tiled_decode (diffusers 0.33, models/autoencoders/autoencoder_kl.py): overlapping tiles are decoded by
 * themselves and blended in their overlap, so that memory follows the tile, not the image. A tile does not see
 * what is beyond it: the image differs a little from the one that is decoded in one piece.
 *
 * @param latents [C, h, w]
 * @param tile side of a tile in latents, a multiple of 4
 * @param decode latents [C, th, tw] of one tile to its pixels [K, th scale, tw scale]
 * @returns [K, h scale, w scale]
 */
export async function tiledDecode(
  latents: Float32Array,
  size: MapSize,
  tile: number,
  { latentChannels, outChannels, scale }: TileShape,
  decode: (tile: Float32Array, size: MapSize) => Promise<Float32Array>,
): Promise<Float32Array> {
  if (tile <= 0 || tile % 4 !== 0) throw new Error(`a tile of ${tile} latents is no multiple of 4`);
  const stride = tile * (1 - OVERLAP);
  const blend = tile * scale * OVERLAP;
  const kept = tile * scale - blend;
  const [width, height] = [size.width * scale, size.height * scale];
  const image = new Float32Array(outChannels * width * height);
  let above: Tile[] = [];
  for (let top = 0, row = 0; top < size.height; top += stride, row++) {
    const present: Tile[] = [];
    for (let left = 0, column = 0; left < size.width; left += stride, column++) {
      const part = cut(latents, latentChannels, size, { top, left, tile });
      const data = await decode(part.data, { width: part.width, height: part.height });
      const decoded: Tile = { data, width: part.width * scale, height: part.height * scale };
      const [over, before] = [above[column], present[column - 1]];
      if (over) blendRows(over, decoded, outChannels, blend);
      if (before) blendColumns(before, decoded, outChannels, blend);
      paste(decoded, image, {
        width,
        height,
        channels: outChannels,
        top: row * kept,
        left: column * kept,
        kept,
      });
      present.push(decoded);
    }
    above = present;
  }
  return image;
}

function cut(
  latents: Float32Array,
  channels: number,
  size: MapSize,
  { top, left, tile }: { top: number; left: number; tile: number },
): Tile {
  const width = Math.min(tile, size.width - left);
  const height = Math.min(tile, size.height - top);
  const data = new Float32Array(channels * width * height);
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < height; y++) {
      const from = (channel * size.height + top + y) * size.width + left;
      data.set(latents.subarray(from, from + width), (channel * height + y) * width);
    }
  }
  return { data, width, height };
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
