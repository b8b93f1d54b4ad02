import { describe, expect, it } from 'vitest';
import { standardCommands } from '../../../renderer/editor/commands/standard.ts';
import { catalogue, chooseLanguage } from '../../../renderer/ui/i18n.ts';

const placeholders = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(String).sort();
const english = new Map<string, string>(Object.entries(catalogue.en));
const korean = new Map<string, string>(Object.entries(catalogue.ko));

describe('the catalogue', () => {
  it('has the same keys and the same placeholders in both languages', () => {
    expect([...korean.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [key, text] of english) {
      expect([key, placeholders(korean.get(key) ?? '')]).toEqual([key, placeholders(text)]);
      expect(text.trim()).not.toBe('');
    }
  });

  it('is really translated', () => {
    const hangul = [...korean.values()].filter((text) => /\p{Script=Hangul}/u.test(text));
    expect(hangul.length).toBeGreaterThan(english.size * 0.9);
  });

  it('has a label for every command of the editor', () => {
    expect(standardCommands.filter(({ label }) => !english.has(label))).toEqual([]);
  });
});

describe('the language', () => {
  const info = (language: 'system' | 'en' | 'ko', locale: string): Parameters<typeof chooseLanguage>[0] => ({
    locale,
    preferences: { language, theme: 'system', hintSeen: true, view: 'image' },
  });

  it('is the one that was chosen', () => {
    expect(chooseLanguage(info('ko', 'en-US'), ['en'])).toBe('ko');
  });

  it('is the system’s, else the browser’s, else English', () => {
    expect(chooseLanguage(info('system', 'ko-KR'), ['en'])).toBe('ko');
    expect(chooseLanguage(info('system', ''), ['fr', 'ko'])).toBe('ko');
    expect(chooseLanguage(info('system', 'de-DE'), ['ko'])).toBe('en');
    expect(chooseLanguage(null, ['fr'])).toBe('en');
  });
});
