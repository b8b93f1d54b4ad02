import { describe, expect, it } from 'vitest';
import { framePixels, typedFrame, withinFrame } from '../../../renderer/editor/geometry/typedFrame.ts';

const image = { width: 200, height: 100 };

describe('a typed place', () => {
  it('is read in whole image pixels', () => {
    expect(framePixels([0.1, 0.2, 0.5, 0.9], image)).toEqual({ x: 20, y: 20, width: 80, height: 70 });
  });

  it('moves the frame and keeps its size, up to the image’s side', () => {
    expect(typedFrame([0.1, 0.2, 0.5, 0.9], 'x', 50, image)).toEqual([0.25, 0.2, 0.65, 0.9]);
    expect(typedFrame([0.125, 0.25, 0.5, 0.75], 'y', 9999, image)).toEqual([0.125, 0.5, 0.5, 1]);
  });

  it('sizes it from its left upper corner, never to nothing and never beyond the image', () => {
    expect(typedFrame([0.5, 0.25, 0.75, 0.5], 'width', 20, image)).toEqual([0.5, 0.25, 0.6, 0.5]);
    expect(typedFrame([0.5, 0.25, 0.75, 0.5], 'height', 0, image)).toEqual([0.5, 0.25, 0.75, 0.26]);
    expect(typedFrame([0.5, 0.25, 0.75, 0.5], 'width', 1e6, image)).toEqual([0.5, 0.25, 1, 0.5]);
  });

  it('takes several boxes along', () => {
    expect(withinFrame([0.25, 0.25, 0.5, 0.5], [0.25, 0.25, 0.75, 0.75], [0, 0, 1, 0.5])).toEqual([
      0, 0, 0.5, 0.25,
    ]);
  });
});
