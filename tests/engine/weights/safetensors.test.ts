import { mkdtempSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../main/engine/errors.ts';
import { parseSafetensorsHeader } from '../../../main/engine/weights/safetensorsHeader.ts';
import { SafetensorsFile } from '../../../main/engine/weights/safetensorsFile.ts';
import { sha256OfFile } from '../../../main/engine/weights/sha256.ts';
import {
  joinDirectories,
  renameTensors,
  requireTensor,
} from '../../../main/engine/weights/tensorDirectory.ts';
import { floats, safetensorsBytes, vector, writeSafetensors } from './writeSafetensors.ts';

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'safetensors-')));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The message of opening these bytes, with the folder's name taken out. */
async function messageFor(bytes: Uint8Array): Promise<string> {
  const path = join(folder, 'hostile.safetensors');
  writeFileSync(path, bytes);
  const error: unknown = await SafetensorsFile.open(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  const message = error instanceof UserError ? error.message : '';
  expect(message.startsWith(path)).toBe(true);
  return message.slice(folder.length + 1);
}

function header(tensors: Record<string, unknown>): string {
  return JSON.stringify(tensors);
}

const four = floats(1, 2, 3, 4);
const sound = { dtype: 'F32', shape: [4], data_offsets: [0, 16] };

describe('__metadata__', () => {
  it('may be null, as the safetensors library reads it', () => {
    const bytes = new TextEncoder().encode(
      '{"__metadata__":null,"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
    );
    const { metadata, tensors } = parseSafetensorsHeader('f', bytes, 8 + bytes.byteLength + 1);
    expect(metadata.size).toBe(0);
    expect([...tensors.keys()]).toEqual(['a']);
  });
});

describe('a sound file', () => {
  it.each([0x3c, 0x3c20])(
    'is no web page though the length of its header, %i, begins like one',
    async (length) => {
      const path = join(folder, 'padded.safetensors');
      const text = header({ a: sound }).padEnd(length, ' ');
      expect(text).toHaveLength(length);
      writeFileSync(path, safetensorsBytes(text, four));
      expect((await SafetensorsFile.open(path)).names).toEqual(['a']);
    },
  );

  it('gives absolute offsets, sizes, types, shapes and metadata', async () => {
    const path = join(folder, 'sound.safetensors');
    const text = header({
      __metadata__: { format: 'pt' },
      b: { dtype: 'F16', shape: [2, 1], data_offsets: [16, 20] },
      a: sound,
    });
    writeFileSync(path, safetensorsBytes(text, Buffer.concat([four, new Uint8Array(4)])));
    const file = await SafetensorsFile.open(path);
    expect(file.headerLength).toBe(text.length);
    expect([...file.metadata]).toEqual([['format', 'pt']]);
    expect(file.names).toEqual(['b', 'a']);
    expect(file.tensors.get('a')).toEqual({
      dtype: 'float32',
      shape: [4],
      begin: 8 + text.length,
      byteLength: 16,
    });
    expect(file.get('b')).toEqual({
      file: path,
      dtype: 'float16',
      shape: [2, 1],
      offset: 24 + text.length,
      byteLength: 4,
    });
    expect(file.get('c')).toBeUndefined();
  });

  it('is found behind a symbolic link, as in the Hugging Face cache', async () => {
    mkdirSync(join(folder, 'blobs'));
    mkdirSync(join(folder, 'snapshots'));
    writeSafetensors(join(folder, 'blobs', 'a1b2'), { a: vector(1) });
    symlinkSync(join('..', 'blobs', 'a1b2'), join(folder, 'snapshots', 'model.safetensors'));
    const file = await SafetensorsFile.open(join(folder, 'snapshots', 'model.safetensors'));
    expect(file.get('a')?.file).toBe(join(folder, 'blobs', 'a1b2'));
  });

  it('may hold nothing at all, and tensors without values', async () => {
    const path = join(folder, 'empty.safetensors');
    writeFileSync(path, safetensorsBytes('{}', new Uint8Array()));
    expect((await SafetensorsFile.open(path)).names).toEqual([]);
    writeSafetensors(path, { none: { dtype: 'F32', shape: [0, 4], bytes: new Uint8Array() }, a: vector(1) });
    expect((await SafetensorsFile.open(path)).get('none')?.byteLength).toBe(0);
  });

  it('has the SHA-256 of its bytes', async () => {
    const path = join(folder, 'abc');
    writeFileSync(path, 'abc');
    expect(await sha256OfFile(path)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('a hostile file is refused with a sentence of its own', () => {
  const prefix = (length: bigint): Uint8Array => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, length, true);
    return bytes;
  };
  const cases: [string, Uint8Array, RegExp][] = [
    ['empty', new Uint8Array(), /has 0 bytes, too short/],
    ['shorter than its prefix', new Uint8Array(5), /has 5 bytes, too short/],
    [
      'header longer than the file',
      prefix(1000n),
      /claims a header of 1000 bytes but has 8 in all; it is truncated/,
    ],
    ['header of 100 MB', prefix(100_000_001n), /claims a header of 100000001 bytes/],
    ['header of 2^64 - 1 bytes', prefix(2n ** 64n - 1n), /claims a header of 18446744073709551615 bytes/],
    ['not JSON', safetensorsBytes('{"a":', four), /header is not JSON/],
    ['not UTF-8', safetensorsBytes(new Uint8Array([0x7b, 0xff, 0x7d]), four), /header is not JSON/],
    ['a list', safetensorsBytes('[]', four), /header is not a JSON object/],
    ['null', safetensorsBytes('null', four), /header is not a JSON object/],
    [
      'metadata that is no object',
      safetensorsBytes(header({ __metadata__: 1, a: sound }), four),
      /"__metadata__" is not an object/,
    ],
    [
      'metadata of numbers',
      safetensorsBytes(header({ __metadata__: { k: 1 }, a: sound }), four),
      /"__metadata__" entry "k" is not a text/,
    ],
    [
      'a tensor that is a number',
      safetensorsBytes(header({ a: 1 }), four),
      /tensor "a" is not described by an object/,
    ],
    [
      'an unknown type',
      safetensorsBytes(header({ a: { ...sound, dtype: 'Q4' } }), four),
      /tensor "a" has the unknown type "Q4"/,
    ],
    [
      'no type',
      safetensorsBytes(header({ a: { shape: [4], data_offsets: [0, 16] } }), four),
      /tensor "a" has the unknown type undefined/,
    ],
    [
      'a negative axis',
      safetensorsBytes(header({ a: { ...sound, shape: [-4] } }), four),
      /tensor "a" has no valid shape/,
    ],
    [
      'half an axis',
      safetensorsBytes(header({ a: { ...sound, shape: [0.5] } }), four),
      /tensor "a" has no valid shape/,
    ],
    [
      'no offsets',
      safetensorsBytes(header({ a: { dtype: 'F32', shape: [4] } }), four),
      /tensor "a" has no valid data_offsets/,
    ],
    [
      'three offsets',
      safetensorsBytes(header({ a: { ...sound, data_offsets: [0, 8, 16] } }), four),
      /tensor "a" has no valid data_offsets/,
    ],
    [
      'negative offsets',
      safetensorsBytes(header({ a: { ...sound, data_offsets: [-16, 0] } }), four),
      /tensor "a" has no valid data_offsets/,
    ],
    [
      'an end before its begin',
      safetensorsBytes(header({ a: { ...sound, data_offsets: [16, 0] } }), four),
      /tensor "a" ends at byte 0, before it begins \(16\)/,
    ],
    [
      'a wrong size',
      safetensorsBytes(header({ a: { ...sound, shape: [3] } }), four),
      /tensor "a" takes 16 bytes, but float32 of shape \[3\] takes 12/,
    ],
    [
      'an overflowing size',
      safetensorsBytes(header({ a: { ...sound, shape: [2 ** 40, 2 ** 40] } }), four),
      /tensor "a" takes 16 bytes, but/,
    ],
    [
      'truncated data',
      safetensorsBytes(header({ a: sound }), four.subarray(0, 15)),
      /tensor "a" ends at byte \d+, but the file has \d+; it is truncated/,
    ],
    [
      'an overlap',
      safetensorsBytes(header({ a: sound, b: { ...sound, shape: [2], data_offsets: [8, 16] } }), four),
      /tensors "a" and "b" overlap/,
    ],
    [
      'a hole',
      safetensorsBytes(header({ a: { ...sound, shape: [2], data_offsets: [8, 16] } }), four),
      /8 bytes before tensor "a" belong to no tensor/,
    ],
    [
      'a rest',
      safetensorsBytes(header({ a: { ...sound, shape: [2], data_offsets: [0, 8] } }), four),
      /8 bytes behind the last tensor belong to no tensor/,
    ],
    [
      'a name twice',
      safetensorsBytes(`{"a":${JSON.stringify(sound)},"a":${JSON.stringify(sound)}}`, four),
      /names "a" twice/,
    ],
    [
      'a name twice, once escaped',
      safetensorsBytes(`{"a":${JSON.stringify(sound)}, "\\u0061" : ${JSON.stringify(sound)}}`, four),
      /names "a" twice/,
    ],
  ];
  it.each(cases)('%s', async (_, bytes, expected) => {
    expect(await messageFor(bytes)).toMatch(expected);
  });

  it('a missing file and a folder', async () => {
    await expect(SafetensorsFile.open(join(folder, 'absent'))).rejects.toThrow(
      /absent: there is no such file/,
    );
    await expect(SafetensorsFile.open(folder)).rejects.toThrow(UserError);
  });

  it('names a tensor "__proto__" like any other', async () => {
    const path = join(folder, 'proto.safetensors');
    writeFileSync(path, safetensorsBytes(`{"__proto__":${JSON.stringify(sound)}}`, four));
    expect((await SafetensorsFile.open(path)).get('__proto__')?.byteLength).toBe(16);
  });

  it('whatever the bytes, the answer is a directory or a UserError, never another error', () => {
    const piece = fc.oneof(
      fc.integer(),
      fc.string(),
      fc.constantFrom('F32', 'F16', 'I64', null, [], [4], [0, 16], [2, 2]),
    );
    const tensor = fc.record({ dtype: piece, shape: piece, data_offsets: piece }, { requiredKeys: [] });
    const any = fc.oneof(
      fc.json(),
      fc.dictionary(fc.string(), fc.oneof(tensor, piece)).map((value) => JSON.stringify(value)),
      fc.string(),
    );
    fc.assert(
      fc.property(any, fc.nat(64), (text, extra) => {
        const bytes = new TextEncoder().encode(text);
        try {
          const { tensors } = parseSafetensorsHeader('f', bytes, 8 + bytes.byteLength + extra);
          for (const { begin, byteLength } of tensors.values()) {
            expect(begin + byteLength).toBeLessThanOrEqual(8 + bytes.byteLength + extra);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('a sound file with any byte of its header changed never yields offsets outside the file', () => {
    const text = new TextEncoder().encode(
      header({ a: sound, b: { dtype: 'I64', shape: [1, 2], data_offsets: [16, 32] } }),
    );
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const bytes = Uint8Array.from(text);
        bytes[at] = value;
        try {
          const { tensors } = parseSafetensorsHeader('f', bytes, 8 + bytes.byteLength + 32);
          let total = 0;
          for (const { begin, byteLength } of tensors.values()) {
            expect(begin).toBeGreaterThanOrEqual(8 + bytes.byteLength);
            total += byteLength;
          }
          expect(total).toBe(32);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('directories', () => {
  it('are joined, and a name in two of them is refused', async () => {
    writeSafetensors(join(folder, 'one'), { a: vector(1) });
    writeSafetensors(join(folder, 'two'), { b: vector(1, 2), a: vector(2) });
    const one = await SafetensorsFile.open(join(folder, 'one'));
    const two = await SafetensorsFile.open(join(folder, 'two'));
    expect(() => joinDirectories([one, two])).toThrow(/Tensor "a" is both in .*one and in .*two/);
    const renamed = renameTensors(two, (name) => `adapter.${name}`);
    const joined = joinDirectories([one, renamed]);
    expect(joined.names).toEqual(['a', 'adapter.b', 'adapter.a']);
    expect(joined.get('adapter.b')).toEqual(two.get('b'));
    expect(() => renameTensors(two, () => 'same')).toThrow(/both names of "same"/);
  });

  it('say which tensor is missing or misshapen', async () => {
    writeSafetensors(join(folder, 'one'), { a: vector(1, 2) });
    const one = await SafetensorsFile.open(join(folder, 'one'));
    expect(requireTensor(one, 'a', [2]).byteLength).toBe(8);
    expect(() => requireTensor(one, 'b')).toThrow(/one: tensor "b" is missing/);
    expect(() => requireTensor(one, 'a', [1, 2])).toThrow(
      /tensor "a" has shape \[2\], the model's config asks for \[1, 2\]/,
    );
  });
});
