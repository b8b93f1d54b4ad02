import { describe, expect, it } from 'vitest';
import { decodeText } from '../../main/engine/decodeText.ts';

/** Python's `'{"a": "café 犬"}'.encode(...)`, in hex. */
const encoded = {
  'utf-8': '7b2261223a2022636166c3a920e78aac227d',
  'utf-8-sig': 'efbbbf7b2261223a2022636166c3a920e78aac227d',
  'utf-16 (little endian, marked)': 'fffe7b00220061002200' + '3a0020002200630061006600e9002000ac7222007d00',
  'utf-16-le': '7b00220061002200' + '3a0020002200630061006600e9002000ac7222007d00',
  'utf-16-be': '007b002200610022' + '003a0020002200630061006600e9002072ac0022007d',
  'utf-16 (big endian, marked)': 'feff007b002200610022' + '003a0020002200630061006600e9002072ac0022007d',
};

describe('the text of a file', () => {
  it.each(Object.entries(encoded))('%s is read', (_, hex) => {
    expect(decodeText(Buffer.from(hex, 'hex'), 'a.json')).toBe('{"a": "café 犬"}');
  });

  it.each([
    ['', ''],
    ['7b', '{'],
    ['31', '1'],
    ['3100', '1\u0000'],
  ])('of few bytes is read, too: %s', (hex, text) => {
    expect(decodeText(Buffer.from(hex, 'hex'), 'a.json')).toBe(text);
  });

  it.each([
    ['Latin-1', Buffer.from('{\n"a": "caf\u00e9"}', 'latin1'), 'is not UTF-8 text (line 2)'],
    ['a cut-off letter', Buffer.from([0x7b, 0xc3]), 'is not UTF-8 text (line 1)'],
    ['half a letter of UTF-16', Buffer.from('fffe7b0000d87d00', 'hex'), 'is not UTF-16 text (line 1)'],
  ])('in %s is refused with its line', (_, bytes, words) => {
    expect(() => decodeText(bytes, 'a.json')).toThrow(`a.json: ${words}; save it in the encoding UTF-8.`);
  });
});
