import { expect, it } from 'vitest';
import { bytesText } from '../../../renderer/library/bytesText.ts';

it('writes sizes as shops do', () => {
  expect([0, 999, 1000, 26_400_000, 1_720_000_000, 999_600].map(bytesText)).toEqual([
    '0 B',
    '999 B',
    '1 kB',
    '26 MB',
    '1.7 GB',
    '1.0 MB',
  ]);
});
