import { expect, it } from 'vitest';
import { estimateText } from '../../../renderer/run/estimateText.ts';
import { catalogue } from '../../../renderer/ui/i18n.ts';
import type { Translate } from '../../../renderer/ui/i18n.ts';

const t: Translate = (key, values = {}) =>
  Object.entries(values).reduce(
    (text, [name, value]) => text.replaceAll(`{{${name}}}`, String(value)),
    catalogue.en[key] as string,
  );

it('says what a run will cost, for one image or for each', () => {
  expect(estimateText({ seconds: 4.2, peakBytes: 600e6 }, 1, t)).toBe('about 4 s, 600 MB');
  expect(estimateText({ seconds: 0.43, peakBytes: null }, 1, t)).toBe('about 0.4 s');
  expect(estimateText({ seconds: 4.2, peakBytes: null }, 3, t)).toBe('about 4 s each');
  expect(estimateText({ seconds: 200, peakBytes: 3.2e9 }, 1, t)).toBe('about 3:20, 3.2 GB');
});
