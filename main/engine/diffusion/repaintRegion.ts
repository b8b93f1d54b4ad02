import type { Box } from '../../../preload/contract/layout.ts';
import type { MapSize } from '../isac/attentionOperator.ts';
import { dilate, union } from '../masks/morphology.ts';
import type { SoftMasks } from './maskAverage.ts';

/** A cell belongs to a box from this share of its attention on. */
const SHARE_OF_BOX = 0.25;

/** What is to be painted anew, on the latents' grid. */
export interface RegionRequest {
  readonly latents: MapSize;
  /** Image pixels per cell and side. */
  readonly scale: number;
  /** All boxes of the layout. */
  readonly boxes: readonly Box[];
  /** Indices of those that are painted anew. */
  readonly repainted: readonly number[];
  /** Pixels that are to change in any case, image size. */
  readonly mask: Uint8Array;
}

/** Cells [h w] that a mask of pixels touches. */
export function cellsOfMask({ latents: { height, width }, scale, mask }: RegionRequest): Uint8Array {
  const cells = new Uint8Array(height * width);
  const across = width * scale;
  mask.forEach((value, p) => {
    if (value !== 0) cells[Math.floor(p / across / scale) * width + Math.floor((p % across) / scale)] = 1;
  });
  return cells;
}

/** Cells [h w] that may change while nobody knows yet where in its box an object will be: rectangles and masks. */
export function regionOf(request: RegionRequest): Uint8Array {
  const { height, width } = request.latents;
  const cells = cellsOfMask(request);
  for (const k of request.repainted) {
    const [x0, y0, x1, y1] = request.boxes[k] ?? [0, 0, 0, 0];
    for (let y = Math.floor(y0 * height); y < Math.ceil(y1 * height); y++) {
      cells.fill(1, y * width + Math.floor(x0 * width), y * width + Math.ceil(x1 * width));
    }
  }
  return cells;
}

/**
 * The part of a region where attention sees the repainted boxes' objects, and a rim of one cell of its maps; and the
 * masks that change in any case. A box whose object is seen nowhere keeps its whole rectangle.
 */
export function narrowRegion(request: RegionRequest, region: Uint8Array, masks: SoftMasks): Uint8Array {
  const { height, width } = request.latents;
  const wanted = [cellsOfMask(request)];
  const size = masks.width * masks.height;
  const tops = request.boxes.map((_, k) =>
    masks.soft.subarray(k * size, (k + 1) * size).reduce((a, b) => Math.max(a, b), 1e-12),
  );
  for (const k of request.repainted) {
    const seen = new Uint8Array(height * width);
    for (let cell = 0; cell < seen.length; cell++) {
      const x = Math.floor((((cell % width) + 0.5) * masks.width) / width);
      const y = Math.floor(((Math.floor(cell / width) + 0.5) * masks.height) / height);
      const p = y * masks.width + x;
      const scaled = tops.map((top, box) => (masks.soft[box * size + p] ?? 0) / top);
      const sum = scaled.reduce((a, b) => a + b, 0);
      const share = sum > 0 ? ((masks.foreground[p] ?? 0) * (scaled[k] ?? 0)) / sum : 0;
      if (share >= SHARE_OF_BOX) seen[cell] = 1;
    }
    const own = regionOf({ ...request, repainted: [k], mask: new Uint8Array(request.mask.length) });
    const rim = Math.max(1, Math.ceil(width / masks.width), Math.ceil(height / masks.height));
    const grown = dilate(seen, width, height, rim).map((value, p) => value & (own[p] ?? 0));
    wanted.push(grown.some((value) => value !== 0) ? grown : own);
  }
  return union(wanted, height * width).map((value, p) => value & (region[p] ?? 0));
}
