import type { Box } from '../../../preload/contract/layout.ts';
import { confine, ownersOf, regionsOf, sharesOf, type SoftMaps } from './ownership.ts';
import { refineDefaults } from './refine.ts';
import { upsampleBilinear } from './upsample.ts';

/** The longer side of the masks of a step, in pixels, or as much more as the maps have. */
const SIDE = 128;

export interface StepMasks {
  readonly width: number;
  readonly height: number;
  /** One mask of 0 and 1 per box; no pixel is in two of them. */
  readonly masks: Uint8Array[];
}

/**
 * The masks of one step, for the eye: attention decides alone who owns a pixel, as there is no picture yet whose edges
 * could help. The final masks begin the same way (refineMasks).
 */
export function stepMasks(maps: SoftMaps, boxes: readonly Box[]): StepMasks {
  const { count, mapWidth, mapHeight } = maps;
  const factor = Math.max(1, Math.floor(SIDE / Math.max(mapWidth, mapHeight)));
  const [width, height] = [mapWidth * factor, mapHeight * factor];
  const regions = regionsOf(boxes, width, height, refineDefaults.margin);
  const shares = sharesOf(maps).map((map) => upsampleBilinear(map, mapWidth, mapHeight, width, height));
  confine(shares, regions, width);
  const owner = ownersOf(shares, regions, width);
  const masks = Array.from({ length: count }, (_, k) => owner.map((who) => (who === k + 1 ? 1 : 0)));
  return { width, height, masks };
}
