import type { Box } from '../../../preload/contract/layout.ts';
import { weighByColour } from './colourModel.ts';
import { removeIslands } from './components.ts';
import { guidedFilter, prepareGuide, type Region } from './guidedFilter.ts';
import { upsampleBilinear } from './upsample.ts';

export interface RefineInput {
  /** Soft instance maps M (equation 7), one per box in the order of the boxes: count x mapHeight x mapWidth, >= 0. */
  soft: Float32Array;
  count: number;
  mapWidth: number;
  mapHeight: number;
  /** Foreground gate M_fg (equation 6) at the maps' size, 0..1. */
  foreground: Float32Array;
  /** The decoded image: RGB, 8 bits, row-major. */
  image: Uint8Array;
  width: number;
  height: number;
  boxes: readonly Box[];
}

export interface RefinedMasks {
  /** Who owns each pixel: 0 = background, k + 1 = box k. */
  owner: Uint8Array;
  /** The same as one mask of 0 and 1 per box. */
  masks: Uint8Array[];
}

export interface RefineSettings {
  /**
   * Rounds of colour evidence followed by the guided filter: trust in colour 0..1 (0 leaves it out), the filter's radius
   * as a share of a map's cell in pixels, and its epsilon.
   */
  passes: readonly { trust: number; radius: number; epsilon: number }[];
  /** A mask reaches at most this share of its box's sides beyond the box. */
  margin: number;
  /** Bodies and holes, see removeIslands. */
  keepShare: number;
  fillShare: number;
}

/**
 * Measured on 40 scenes of clip art by held-out artists (128 x 128, 121 objects, maps of 16 x 16 made from the true masks:
 * blurred, noisy, gated): mean IoU with the true mask 0.67 after bilinear upsampling alone, 0.83 with one pass of the guided
 * filter, 0.92 with these passes. Smaller epsilons gain 0.005 there, but those images have no decoder's noise.
 */
export const refineDefaults: RefineSettings = {
  passes: [
    { trust: 0, radius: 1.5, epsilon: 1e-4 },
    { trust: 1, radius: 1, epsilon: 1e-4 },
    { trust: 1, radius: 0.5, epsilon: 1e-4 },
  ],
  margin: 0.05,
  keepShare: 0.1,
  fillShare: 0.01,
};

/** The final dense masks: disjoint by construction, each pixel owned by one box or by the background. */
export function refineMasks(input: RefineInput, settings: RefineSettings = refineDefaults): RefinedMasks {
  check(input);
  const { count, width, height, mapWidth, mapHeight, image, boxes } = input;
  const regions = [
    { left: 0, top: 0, right: width, bottom: height },
    ...boxes.map((box) => reach(box, width, height, settings.margin)),
  ];
  let maps = shares(input).map((map) => upsampleBilinear(map, mapWidth, mapHeight, width, height));
  confine(maps, regions, width);
  const cell = Math.max(width / mapWidth, height / mapHeight);
  for (const { trust, radius, epsilon } of settings.passes) {
    if (trust > 0) maps = weighByColour(maps, image, trust);
    const guide = prepareGuide(image, width, height, Math.max(1, Math.round(radius * cell)), epsilon);
    maps = maps.map((map, k) => guidedFilter(guide, map, regions[k] ?? NOWHERE));
  }
  const owner = ownersOf(maps, regions, width);
  removeIslands(owner, width, height, settings.keepShare, settings.fillShare);
  return {
    owner,
    masks: Array.from({ length: count }, (_, k) => owner.map((who) => (who === k + 1 ? 1 : 0))),
  };
}

/**
 * Background and boxes as shares that sum to 1 in every cell: the gate is split among the boxes in proportion to their
 * maps, each scaled to a maximum of 1 first, because M sums attention over a cluster's pixels and favours large ones.
 */
function shares({ soft, count, foreground }: RefineInput): Float32Array[] {
  const size = foreground.length;
  const out = Array.from({ length: count + 1 }, () => new Float32Array(size));
  const tops = Array.from({ length: count }, (_, k) =>
    soft.subarray(k * size, (k + 1) * size).reduce((a, b) => Math.max(a, b), 0),
  );
  for (let p = 0; p < size; p++) {
    const gate = Math.min(1, Math.max(0, foreground[p] ?? 0));
    const scaled = tops.map((top, k) => (top > 0 ? (soft[k * size + p] ?? 0) / top : 0));
    const sum = scaled.reduce((a, b) => a + b, 0);
    out.forEach((map, k) => {
      if (k === 0) map[p] = sum > 0 ? 1 - gate : 1;
      else map[p] = sum > 0 ? (gate * (scaled[k - 1] ?? 0)) / sum : 0;
    });
  }
  return out;
}

const NOWHERE: Region = { left: 0, top: 0, right: 0, bottom: 0 };

/** A box and its margin in whole pixels. */
function reach([x0, y0, x1, y1]: Box, width: number, height: number, margin: number): Region {
  const [mx, my] = [(x1 - x0) * margin, (y1 - y0) * margin];
  return {
    left: Math.max(0, Math.floor((x0 - mx) * width)),
    top: Math.max(0, Math.floor((y0 - my) * height)),
    right: Math.min(width, Math.ceil((x1 + mx) * width)),
    bottom: Math.min(height, Math.ceil((y1 + my) * height)),
  };
}

/** Moves what the boxes' maps hold outside their regions over to the background, the first map. */
function confine(maps: readonly Float32Array[], regions: readonly Region[], width: number): void {
  const [background, ...others] = maps;
  if (background === undefined) return;
  others.forEach((map, k) => {
    const { left, top, right, bottom } = regions[k + 1] ?? NOWHERE;
    for (let p = 0; p < map.length; p++) {
      const x = p % width;
      const y = (p - x) / width;
      if (x >= left && x < right && y >= top && y < bottom) continue;
      background[p] = (background[p] ?? 0) + (map[p] ?? 0);
      map[p] = 0;
    }
  });
}

/** The largest map at every pixel; a box counts in its region only. */
function ownersOf(maps: readonly Float32Array[], regions: readonly Region[], width: number): Uint8Array {
  const [background = new Float32Array(), ...others] = maps;
  const best = background.slice();
  const owner = new Uint8Array(best.length);
  others.forEach((map, k) => {
    const { left, top, right, bottom } = regions[k + 1] ?? NOWHERE;
    for (let y = top; y < bottom; y++) {
      for (let p = y * width + left; p < y * width + right; p++) {
        const value = map[p] ?? 0;
        if (value > (best[p] ?? 0)) {
          best[p] = value;
          owner[p] = k + 1;
        }
      }
    }
  });
  return owner;
}

function check({
  soft,
  count,
  mapWidth,
  mapHeight,
  foreground,
  image,
  width,
  height,
  boxes,
}: RefineInput): void {
  const size = mapWidth * mapHeight;
  if (count < 1 || count > 254 || boxes.length !== count || soft.length !== count * size) {
    throw new Error(
      `${count} maps of ${mapWidth} x ${mapHeight} do not fit ${boxes.length} boxes and ${soft.length} values.`,
    );
  }
  if (foreground.length !== size) throw new Error(`The gate needs ${size} values, not ${foreground.length}.`);
  if (image.length !== width * height * 3)
    throw new Error(`The image needs ${width * height * 3} bytes, not ${image.length}.`);
}
