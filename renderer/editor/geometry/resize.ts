import type { Box } from '../../../preload/contract/layout.ts';
import type { SharePoint } from '../coordinates.ts';
import { clamp, height, tidyBox, width } from './rect.ts';

/** Compass points of the eight handles. */
export const handles = ['nw', 'n', 'ne', 'e', 'se', 's', 'sw', 'w'] as const;
export type Handle = (typeof handles)[number];

export interface ResizeOptions {
  /** Keep the ratio of the sides (Shift). */
  readonly keepAspect: boolean;
  /** Smallest width and height, in shares; a box that is smaller already may stay so. */
  readonly minWidth: number;
  readonly minHeight: number;
}

/** A scaling about a fixed point: what one drag of a handle does to every box of the selection. */
export interface Scaling {
  readonly anchorX: number;
  readonly anchorY: number;
  readonly scaleX: number;
  readonly scaleY: number;
}

/** -1 when the handle moves the low edge, 1 the high edge, 0 neither. */
export function handleSign(handle: Handle): { x: -1 | 0 | 1; y: -1 | 0 | 1 } {
  return {
    x: handle.includes('w') ? -1 : handle.includes('e') ? 1 : 0,
    y: handle.includes('n') ? -1 : handle.includes('s') ? 1 : 0,
  };
}

function anchorOf(low: number, high: number, sign: -1 | 0 | 1): number {
  return sign === 1 ? low : sign === -1 ? high : (low + high) / 2;
}

/** The largest factor that keeps [low, high], scaled about the anchor, within 0..1. */
function roomFor(low: number, high: number, anchor: number): number {
  const up = high > anchor ? (1 - anchor) / (high - anchor) : Infinity;
  const down = low < anchor ? anchor / (anchor - low) : Infinity;
  return Math.max(1, Math.min(up, down));
}

/**
 * The scaling that brings `handle` of `frame` to `target`, limited by the image and by the smallest size.
 * Handles do not turn inside out: past the opposite side the frame stays at its smallest.
 * @param smallest width and height of the smallest box in the frame, in shares
 */
export function resizeScaling(
  frame: Box,
  handle: Handle,
  target: SharePoint,
  options: ResizeOptions,
  smallest: { width: number; height: number } = { width: width(frame), height: height(frame) },
): Scaling {
  const sign = handleSign(handle);
  const anchorX = anchorOf(frame[0], frame[2], sign.x);
  const anchorY = anchorOf(frame[1], frame[3], sign.y);
  const minX = Math.min(1, options.minWidth / smallest.width);
  const minY = Math.min(1, options.minHeight / smallest.height);
  const maxX = roomFor(frame[0], frame[2], anchorX);
  const maxY = roomFor(frame[1], frame[3], anchorY);
  const wantX = sign.x === 0 ? 1 : (sign.x * (target.x - anchorX)) / width(frame);
  const wantY = sign.y === 0 ? 1 : (sign.y * (target.y - anchorY)) / height(frame);
  if (options.keepAspect) {
    const want = sign.x === 0 ? wantY : sign.y === 0 ? wantX : Math.max(wantX, wantY);
    const scale = clamp(want, Math.max(minX, minY), Math.min(maxX, maxY));
    return { anchorX, anchorY, scaleX: scale, scaleY: scale };
  }
  return {
    anchorX,
    anchorY,
    scaleX: sign.x === 0 ? 1 : clamp(wantX, minX, maxX),
    scaleY: sign.y === 0 ? 1 : clamp(wantY, minY, maxY),
  };
}

function scaled(value: number, anchor: number, scale: number): number {
  return scale === 1 ? value : anchor + (value - anchor) * scale;
}

/** Applies a scaling to one box. */
export function applyScaling(box: Box, scaling: Scaling): Box {
  const { anchorX, anchorY, scaleX, scaleY } = scaling;
  return tidyBox([
    scaled(box[0], anchorX, scaleX),
    scaled(box[1], anchorY, scaleY),
    scaled(box[2], anchorX, scaleX),
    scaled(box[3], anchorY, scaleY),
  ]);
}
