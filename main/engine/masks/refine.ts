import type { Box } from '../../../preload/contract/layout.ts';
import { weighByColour } from './colourModel.ts';
import { removeIslands } from './components.ts';
import { guidedFilter, prepareGuide } from './guidedFilter.ts';
import { confine, NOWHERE, ownersOf, regionsOf, sharesOf, type SoftMaps } from './ownership.ts';
import { upsampleBilinear } from './upsample.ts';

export interface RefineInput extends SoftMaps {
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
  const regions = regionsOf(boxes, width, height, settings.margin);
  let maps = sharesOf(input).map((map) => upsampleBilinear(map, mapWidth, mapHeight, width, height));
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
