import fc from 'fast-check';
import { expect, it } from 'vitest';
import { messageOf, saidBy, UserError } from '../../main/engine/errors.ts';
import { MAX_MESSAGE, printable } from '../../preload/contract/printable.ts';
import { english, sentence } from '../../preload/contract/sentences.ts';

/** Acted on by terminals (ECMA-48: C0, DEL, C1) or by the bidirectional algorithm (UAX 9), listed by hand. */
const acting = [
  ...Array.from({ length: 32 }, (_, code) => code),
  ...Array.from({ length: 33 }, (_, code) => 0x7f + code),
  ...[0x61c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
  ...[0x200b, 0x2028, 0x2029, 0x2060, 0xfeff, 0xe0041, 0xd800, 0xdfff],
];

it.each(acting.map((code) => [code.toString(16), code] as const))('makes U+%s visible', (hex, code) => {
  const text = printable(`a${String.fromCodePoint(code)}b`);
  expect(text).toBe([9, 10, 13].includes(code) ? 'a b' : `a\\u{${hex}}b`);
});

it.each(['plain words', '日本語 한국어 العربية עברית', '👩‍👩‍👧 🏳️‍🌈', 'می‌خواهم', 'é ñ ü', 'C:\\models\\a.bin'])(
  'leaves "%s" as it is',
  (text) => {
    expect(printable(text)).toBe(text);
  },
);

it('makes one line of several, so that no name can imitate a line of its own', () => {
  expect(printable('bad name\r\nisac-studio: all is well\n')).toBe('bad name isac-studio: all is well ');
});

it('keeps what is wrong and what to do of a sentence with a name of 200,000 characters', () => {
  const text = printable(
    `model.safetensors: the tensor "${'\u001b[31mx'.repeat(40_000)}" is no tensor; download it again.`,
  );
  expect(text.length).toBeLessThanOrEqual(MAX_MESSAGE);
  expect(text).toMatch(/^model\.safetensors: the tensor "\\u\{1b\}\[31mx/);
  expect(text).toMatch(/ … \(\d\d\d,\d\d\d characters left out\) … /);
  expect(text).toMatch(/is no tensor; download it again\.$/);
});

it('is quick with 200 MB', () => {
  const text = '\u202e'.repeat(100 * 2 ** 20);
  const started = performance.now();
  expect(printable(text).length).toBeLessThanOrEqual(MAX_MESSAGE);
  expect(performance.now() - started).toBeLessThan(500);
});

it('holds for any text: short enough, nothing acting, the same when done twice', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.integer({ min: 100, max: 300 }),
      (text, limit) => {
        const once = printable(text, limit);
        expect(once.length).toBeLessThanOrEqual(limit);
        for (const sign of once) expect(acting).not.toContain(sign.codePointAt(0));
        expect(printable(once, limit)).toBe(once);
      },
    ),
  );
});

const hostile = `\u001b]0;title\u0007\u202e${'y'.repeat(200_000)}`;

it.each([
  ['a UserError', () => new UserError(`${hostile} is no file.`).message],
  ['the message of any error', () => messageOf(new Error(hostile))],
  ['the message of anything else thrown', () => messageOf(hostile)],
  ['what is sent to the page', () => saidBy(new UserError(hostile)).message],
  [
    'a sentence with values',
    () => english(sentence('hub.tokenRefused', { what: hostile, status: 401, endpoint: 'x' })),
  ],
])('is part of %s', (_, said) => {
  const text = said();
  expect(text.length).toBeLessThanOrEqual(MAX_MESSAGE);
  expect(text).toContain('\\u{1b}]0;title\\u{7}\\u{202e}yyy');
});
