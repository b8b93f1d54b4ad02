import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { JsonBoundError, jsonTrouble, parseBoundedJson } from '../../main/files/boundedJson.ts';
import { UserError } from '../../main/engine/errors.ts';

const bound = { bytes: 1000, values: 100, depth: 8 };
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

/** Values and depth of parsed JSON, counted on the values themselves. */
function measure(value: unknown): { values: number; depth: number } {
  if (typeof value !== 'object' || value === null) return { values: 1, depth: 0 };
  const parts = Object.values(value).map(measure);
  return {
    values: 1 + parts.reduce((sum, part) => sum + part.values, 0),
    depth: 1 + Math.max(0, ...parts.map((part) => part.depth)),
  };
}

describe('JSON from outside', () => {
  it('is parsed when it keeps to its bound', () => {
    expect(parseBoundedJson('{"a":[1,"x\\"]",null]}', bound, 'file')).toEqual({ a: [1, 'x"]', null] });
    expect(parseBoundedJson(bytes('{"한":"[[[[[[[[[[[["}'), bound, 'file')).toEqual({ 한: '[[[[[[[[[[[[' });
  });

  it('is refused over its size, its depth and its number of values, before anything is parsed', () => {
    // None of these is JSON: JSON.parse would say so.
    expect(() => parseBoundedJson('x'.repeat(1001), bound, 'a.json')).toThrow(
      'a.json has 1001 bytes of JSON; at most 1000 are read',
    );
    expect(() => parseBoundedJson('['.repeat(9), bound, 'a.json')).toThrow(/^a\.json .* more than 8 deep/);
    expect(() => parseBoundedJson(`{"a":${'['.repeat(8)}`, bound, 'a.json')).toThrow(/more than 8 deep/);
    expect(() => parseBoundedJson(','.repeat(101), bound, 'a.json')).toThrow(/more than 100 values/);
    expect(() => parseBoundedJson(`[${'[],'.repeat(99)}`, bound, 'a.json')).toThrow(/more than 100 values/);
    expect(() => parseBoundedJson('['.repeat(9), bound, 'a.json')).toThrow(JsonBoundError);
  });

  it('never ends in a stack overflow, however deep it is', () => {
    const deep = Buffer.alloc(50_000_000, '[');
    expect(jsonTrouble(deep, { ...bound, bytes: 1e9 })).toMatch(/more than 8 deep/);
    expect(() => parseBoundedJson(deep, { ...bound, bytes: 1e9 }, 'a.json')).toThrow(UserError);
  });

  it('counts what is in it, and nothing that stands in texts', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const { values, depth } = measure(JSON.parse(text));
        const exact = { bytes: 1e6, values: 1e6, depth };
        expect(jsonTrouble(bytes(text), exact)).toBeNull();
        if (depth > 0) expect(jsonTrouble(bytes(text), { ...exact, depth: depth - 1 })).toMatch(/deep/);
        // Every value is counted; one that is not there (in an empty list) may be, too.
        expect(jsonTrouble(bytes(text), { ...exact, values: values - 1 })).toMatch(/values/);
        expect(jsonTrouble(bytes(text), { ...exact, values: 2 * values })).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('reads texts with escapes to their end, and those without an end to the end of the file', () => {
    expect(jsonTrouble(bytes('["\\\\",[[[[[[["'), bound)).toBeNull();
    expect(jsonTrouble(bytes('["\\\\",[[[[[[[['), bound)).toMatch(/deep/);
    expect(jsonTrouble(bytes('"[[[[[[[[[[[[['), bound)).toBeNull();
    expect(jsonTrouble(bytes('"\\'), bound)).toBeNull();
  });
});
