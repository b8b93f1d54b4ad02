import type { Box } from '../../../preload/contract/layout.ts';
import { bounds, clamp, height, tidyBox, width } from './rect.ts';

export const alignments = ['left', 'centre', 'right', 'top', 'middle', 'bottom'] as const;
export type Alignment = (typeof alignments)[number];

export const axes = ['horizontal', 'vertical'] as const;
export type Axis = (typeof axes)[number];

function moved(box: Box, dx: number, dy: number): Box {
  return tidyBox([box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy]);
}

/** Aligns boxes within the box around them all; a single box is aligned within the image. */
export function align(boxes: readonly Box[], how: Alignment): Box[] {
  const frame: Box = boxes.length > 1 ? (bounds(boxes) ?? [0, 0, 1, 1]) : [0, 0, 1, 1];
  return boxes.map((box) => {
    switch (how) {
      case 'left':
        return moved(box, frame[0] - box[0], 0);
      case 'right':
        return moved(box, frame[2] - box[2], 0);
      case 'centre':
        return moved(box, (frame[0] + frame[2] - box[0] - box[2]) / 2, 0);
      case 'top':
        return moved(box, 0, frame[1] - box[1]);
      case 'bottom':
        return moved(box, 0, frame[3] - box[3]);
      case 'middle':
        return moved(box, 0, (frame[1] + frame[3] - box[1] - box[3]) / 2);
    }
  });
}

/**
 * Equal gaps between neighbours within the box around them all. Gaps are negative when the boxes do not
 * fit side by side; none is then pushed out of that box, even if the gaps differ for it. Fewer than three
 * boxes stay as they are.
 */
export function distribute(boxes: readonly Box[], axis: Axis): Box[] {
  const frame = bounds(boxes);
  if (frame === null || boxes.length < 3) {
    return [...boxes];
  }
  const low = axis === 'horizontal' ? 0 : 1;
  const high = axis === 'horizontal' ? 2 : 3;
  const side = axis === 'horizontal' ? width : height;
  const order = boxes.map((box, index) => ({ box, index }));
  // By centre: a large box that starts first and ends last must not be called the first of the row.
  order.sort((a, b) => a.box[low] + side(a.box) / 2 - (b.box[low] + side(b.box) / 2) || a.index - b.index);
  const total = boxes.reduce((sum, box) => sum + side(box), 0);
  const gap = (side(frame) - total) / (boxes.length - 1);
  const result = [...boxes];
  let next = frame[low];
  for (const { box, index } of order) {
    const shift = clamp(next, frame[low], frame[high] - side(box)) - box[low];
    result[index] = axis === 'horizontal' ? moved(box, shift, 0) : moved(box, 0, shift);
    next += side(box) + gap;
  }
  return result;
}
