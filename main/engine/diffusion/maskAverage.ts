import type { Box } from '../../../preload/contract/layout.ts';
import type { MapSize } from '../isac/attentionOperator.ts';
import { assignClusters } from '../masks/assignment.ts';
import type { Observation } from './denoiser.ts';

/** Soft instance masks in the order of the boxes, and the foreground they were cut from. */
export interface SoftMasks extends MapSize {
  /** [boxes, HW]. */
  readonly soft: Float32Array;
  /** [HW], 0..1. */
  readonly foreground: Float32Array;
}

/** Instance masks of one step, each at its box's index: clusters may have wandered from the box they grew from. */
export function masksInBoxOrder(
  seen: Observation,
  boxes: readonly Box[],
  { height, width }: MapSize,
): Float32Array {
  const size = height * width;
  const order = assignClusters(seen.masks, width, height, boxes);
  const sorted = new Float32Array(seen.masks.length);
  order.forEach((cluster, box) =>
    sorted.set(seen.masks.subarray(cluster * size, (cluster + 1) * size), box * size),
  );
  return sorted;
}

/**
 * The mean of the instance masks over the later steps. Early on attention shows what the noise suggests, in the
 * end the finished picture; a mean is steadier than the last step alone.
 */
export class MaskAverage {
  private readonly size: MapSize;
  private soft: Float32Array | null = null;
  private foreground: Float32Array | null = null;
  private count = 0;

  constructor(size: MapSize) {
    this.size = size;
  }

  add(masks: Float32Array, foreground: Float32Array): void {
    this.soft = sum(this.soft, masks);
    this.foreground = sum(this.foreground, foreground);
    this.count++;
  }

  mean(): SoftMasks {
    if (!this.soft || !this.foreground) throw new Error('no step has shown its masks');
    const mean = (total: Float32Array): Float32Array => total.map((value) => value / this.count);
    return { ...this.size, soft: mean(this.soft), foreground: mean(this.foreground) };
  }
}

const sum = (total: Float32Array | null, values: Float32Array): Float32Array =>
  total ? total.map((value, i) => value + (values[i] ?? 0)) : values.slice();
