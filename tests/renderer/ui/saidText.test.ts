import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { english, sentence, sentences } from '../../../preload/contract/sentences.ts';
import { StudioError } from '../../../preload/contract/studioClient.ts';
import { errorText, saidText, setLanguage, startTranslation } from '../../../renderer/ui/i18n.ts';
import { sentencesKo } from '../../../renderer/ui/strings/sentencesKo.ts';

const told = sentence('run.unkept', {
  why: sentence('file.save', { path: '/$t(hint.close)/{{cause}}', cause: sentence('cause.ENOSPC', {}) }),
});
const thrown = new StudioError('user', english(told), told);

beforeAll(async () => {
  vi.stubGlobal('document', { documentElement: { lang: '' } });
  await startTranslation('ko');
});
beforeEach(() => setLanguage('ko'));

it("is in the user's language, parts of sentences included, and values stay as they are", () => {
  expect(errorText(thrown)).toBe(
    '/$t(hint.close)/{{cause}}을(를) 저장할 수 없습니다: 디스크가 가득 찼습니다. 공간을 비우고 다시 시도하세요. 결과는 메모리에 있으며 프로젝트를 저장할 수 있게 되면 바로 저장됩니다.',
  );
});

it('is word for word what the main process says in English', async () => {
  await setLanguage('en');
  expect(saidText(thrown)).toBe(thrown.message);
  expect(saidText({ message: 'As it came.' })).toBe('As it came.');
});

it('is left as it came where it is no known sentence', () => {
  expect(errorText(new StudioError('user', 'The PNG is cut off.'))).toBe('The PNG is cut off.');
  expect(errorText(new Error('No reply'))).toBe('No reply');
  expect(errorText('odd')).toBe('odd');
});

it('has the same values in both languages, and really is Korean', () => {
  const placeholders = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(String).sort();
  for (const [id, words] of Object.entries<string>(sentences)) {
    const korean = new Map(Object.entries(sentencesKo)).get(id) ?? '';
    expect([id, placeholders(korean)]).toEqual([id, placeholders(words)]);
    expect(korean).toMatch(/\p{Script=Hangul}/u);
  }
});
