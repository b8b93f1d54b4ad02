import type { Box } from '../../../preload/contract/layout.ts';
import { weighByColour } from './colourModel.ts';
import { removeIslands } from './components.ts';
import { guidedFilter, prepareGuide } from './guidedFilter.ts';
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
  let maps = shares(input).map((map) => upsampleBilinear(map, mapWidth, mapHeight, width, height));
  maps.slice(1).forEach((map, k) => confine(map, maps[0], boxes[k], width, height, settings.margin));
  const cell = Math.max(width / mapWidth, height / mapHeight);
  for (const { trust, radius, epsilon } of settings.passes) {
    if (trust > 0) maps = weighByColour(maps, image, trust);
    const guide = prepareGuide(image, width, height, Math.max(1, Math.round(radius * cell)), epsilon);
    maps = maps.map((map) => guidedFilter(guide, map));
  }
  const owner = new Uint8Array(width * height);
  const best = maps[0]?.slice() ?? new Float32Array(width * height);
  for (let k = 0; k < count; k++) {
    const map = maps[k + 1];
    const box = boxes[k];
    if (map === undefined || box === undefined) continue;
    forEachInside(box, width, height, settings.margin, (p) => {
      const value = map[p] ?? 0;
      if (value > (best[p] ?? 0)) {
        best[p] = value;
        owner[p] = k + 1;
      }
    });
  }
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

/** Moves what a box's map holds outside the box and its margin over to the background. */
function confine(
  map: Float32Array,
  background: Float32Array | undefined,
  box: Box | undefined,
  width: number,
  height: number,
  margin: number,
): void {
  if (background === undefined || box === undefined) return;
  const inside = new Uint8Array(map.length);
  forEachInside(box, width, height, margin, (p) => {
    inside[p] = 1;
  });
  for (let p = 0; p < map.length; p++) {
    if (inside[p] === 1) continue;
    background[p] = (background[p] ?? 0) + (map[p] ?? 0);
    map[p] = 0;
  }
}

function forEachInside(
  [x0, y0, x1, y1]: Box,
  width: number,
  height: number,
  margin: number,
  visit: (pixel: number) => void,
): void {
  const [mx, my] = [(x1 - x0) * margin, (y1 - y0) * margin];
  const left = Math.max(0, Math.floor((x0 - mx) * width));
  const right = Math.min(width, Math.ceil((x1 + mx) * width));
  const bottom = Math.min(height, Math.ceil((y1 + my) * height));
  for (let y = Math.max(0, Math.floor((y0 - my) * height)); y < bottom; y++) {
    for (let x = left; x < right; x++) visit(y * width + x);
  }
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
