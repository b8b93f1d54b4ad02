import { beforeAll, expect, it, vi } from 'vitest';
import type { ModelInfo } from '../../../preload/contract/models.ts';
import { updateSettings } from '../../../renderer/editor/document.ts';
import { runProblem } from '../../../renderer/run/runProblem.ts';
import { startTranslation } from '../../../renderer/ui/i18n.ts';
import { boxOf, documentOf } from '../editor/helpers.ts';

beforeAll(async () => {
  vi.stubGlobal('document', { documentElement: { lang: '' } });
  await startTranslation('en');
});

const model = (id: string, problem: string | null = null): ModelInfo =>
  ({ id, problem }) as Partial<ModelInfo> as ModelInfo;
const document = updateSettings(documentOf([], { boxes: [boxOf(0, [0, 0, 1, 1])] }), { model: 'm' });

it('says why a layout cannot be run, models first', () => {
  expect(runProblem(document, [model('m')])).toBe('');
  expect(runProblem(document, null)).toBe('');
  expect(runProblem(document, [])).toMatch(/model/i);
  expect(runProblem(document, [model('other')])).toContain('"m"');
  expect(runProblem(document, [model('m', 'Its UNet is missing.')])).toBe('Its UNet is missing.');
  const unnamed = { ...document, boxes: [boxOf(0, [0, 0, 1, 1], { phrase: '' })] };
  expect(runProblem(unnamed, [model('m')])).not.toBe('');
});
