import { beforeEach, expect, it, vi } from 'vitest';
import { forgetUnsent, keepUnsent, unsentOf } from '../../../renderer/library/unsent.ts';
import { boxOf, documentOf } from '../editor/helpers.ts';

const document = documentOf([], { boxes: [boxOf(0, [0, 0, 0.5, 1], { phrase: 'dog' })] });
let kept = new Map<string, string>();

beforeEach(() => {
  kept = new Map();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
});

it('comes back for the project that it was drawn in, until it was sent', () => {
  expect(unsentOf('/a')).toBeNull();
  keepUnsent('/a', document);
  expect(unsentOf('/a')).toEqual(document);
  expect(unsentOf('/b')).toBeNull();
  forgetUnsent('/a');
  expect(unsentOf('/a')).toBeNull();
});

it('is not lost by what another tab keeps or saves of another project', () => {
  const other = documentOf([]);
  keepUnsent('/a', document);
  keepUnsent('/b', other);
  forgetUnsent('/b');
  expect(unsentOf('/b')).toBeNull();
  expect(unsentOf('/a')).toEqual(document);
});

it('takes nothing that is not a document, and no browser that keeps nothing amiss', () => {
  keepUnsent('/a', document);
  const [key = ''] = kept.keys();
  for (const damaged of ['{', '[]', '{"boxes":[]}', 'null']) {
    kept.set(key, damaged);
    expect(unsentOf('/a')).toBeNull();
  }
  vi.stubGlobal('localStorage', undefined);
  expect(() => keepUnsent('/a', document)).not.toThrow();
  expect(() => forgetUnsent('/a')).not.toThrow();
  expect(unsentOf('/a')).toBeNull();
});
