import type { Box } from '../../preload/contract/layout.ts';
import { iouOfBoxes } from '../engine/masks/rle.ts';
import type { PixelBox } from '../engine/masks/rle.ts';

/** Intersection over union of two boxes given by their corners. */
export function overlap(a: Box, b: Box): number {
  return iouOfBoxes(sidesOf(a), sidesOf(b));
}

function sidesOf([x0, y0, x1, y1]: Box): PixelBox {
  return [x0, y0, x1 - x0, y1 - y0];
}

/**
 * OverLayScore (arXiv 2509.19282): sum over pairs of IoU times the cosine of the phrases' embeddings. The higher,
 * the harder the layout.
 */
export function overLayScore(boxes: readonly Box[], embeddings: readonly Float32Array[]): number {
  let score = 0;
  boxes.forEach((box, i) => {
    boxes.slice(i + 1).forEach((other, offset) => {
      const [a, b] = [embeddings[i], embeddings[i + 1 + offset]];
      if (a && b) score += overlap(box, other) * cosine(a, b);
    });
  });
  return score;
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, i) => {
    const other = b[i] ?? 0;
    ab += value * other;
    aa += value * value;
    bb += other * other;
  });
  return ab / Math.sqrt(aa * bb);
}
