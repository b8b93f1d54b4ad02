import { describe, expect, it } from 'vitest';
import { clock, timeLeft } from '../../../renderer/run/timeLeft.ts';

describe('time left', () => {
  it('is not known before the second step', () => {
    expect(timeLeft(0, 0, 25)).toBeNull();
    expect(timeLeft(900, 1, 25)).toBeNull();
  });

  it('follows the pace of the steps after the first', () => {
    // Ten steps in nine seconds: one each, the first not counted.
    expect(timeLeft(9000, 10, 25)).toBe(15_000);
    expect(timeLeft(24_000, 25, 25)).toBe(0);
  });

  it('is written so that its width hardly changes', () => {
    expect([0, 400, 7000, 59_001, 750_000, 3_723_000].map(clock)).toEqual([
      '0:00',
      '0:01',
      '0:07',
      '1:00',
      '12:30',
      '1:02:03',
    ]);
  });
});
