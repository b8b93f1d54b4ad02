import { describe, expect, it } from 'vitest';
import type { StepLoss } from '../../../preload/contract/result.ts';
import { chartPath } from '../../../renderer/run/chartPath.ts';

const loss = (step: number, instance: number): StepLoss => ({
  step,
  timestep: 0,
  instance,
  semantic: 0,
  grounding: 0,
  total: instance,
  gradientNorm: 1,
});

describe('the line of the losses', () => {
  it('is empty while there are none', () => {
    expect(chartPath([], 'instance', 25, 280, 60)).toBe('');
  });

  it('goes from the left to the right of the whole run, its largest value at the top', () => {
    expect(chartPath([loss(1, 2), loss(3, 1), loss(5, 0)], 'instance', 5, 100, 66)).toBe(
      'M0.0 3.0L50.0 33.0L100.0 63.0',
    );
  });

  it('lies at the bottom when everything is nothing, and leaves out what is no number', () => {
    expect(chartPath([loss(1, 0), loss(2, Number.NaN), loss(3, 0)], 'instance', 3, 10, 66)).toBe(
      'M0.0 63.0L10.0 63.0',
    );
  });
});
