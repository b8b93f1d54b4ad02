import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DocumentSaver } from '../../../renderer/library/documentSaver.ts';
import { unsentOf } from '../../../renderer/library/unsent.ts';
import type { Studio } from '../../../renderer/ui/studio.ts';
import { boxOf, documentOf } from '../editor/helpers.ts';

const first = documentOf([], { boxes: [boxOf(0, [0, 0, 0.5, 1], { phrase: 'dog' })] });
const second = { ...first, negative: 'blurry' };

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
  vi.stubGlobal('window', { addEventListener: () => undefined });
});
afterEach(() => vi.unstubAllGlobals());

it('keeps in the browser what the disk does not take, every later edit too, until it is saved', async () => {
  let settled = first;
  const studio = {
    editor: { subscribe: () => undefined, getSnapshot: () => ({ settled }) },
    api: { on: () => undefined, call: () => Promise.resolve(null) },
    state: { project: { path: '/a', handle: 'h', readOnly: false }, closed: null, connection: 'connected' },
    set: () => undefined,
  } as unknown as Studio;
  const saver = new DocumentSaver(studio);
  await saver.send();
  expect(unsentOf('/a')).toBeNull();
  saver.noted({ state: 'failed', message: 'The disk is full.' });
  expect(unsentOf('/a')).toEqual(first);
  settled = second;
  await saver.send();
  saver.noted({ state: 'pending' });
  expect(unsentOf('/a')).toEqual(second);
  saver.noted({ state: 'saved', at: '2026-11-28T10:00:00.000Z' });
  expect(unsentOf('/a')).toBeNull();
});
