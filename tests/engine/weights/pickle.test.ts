import { describe, expect, it } from 'vitest';
import { UserError } from '../../../main/engine/errors.ts';
import { PickleTuple, readPickle } from '../../../main/engine/weights/torch/pickle.ts';
import {
  stateDictRules,
  StorageReference,
  TensorReference,
  tensorsOf,
} from '../../../main/engine/weights/torch/stateDict.ts';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...part].map((c) => c.charCodeAt(0)) : part)),
  );

const read = (...parts: (string | number[])[]): unknown => readPickle('f', bytes(...parts), stateDictRules);

const u32 = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];

describe('a pickle', () => {
  it('gives numbers, texts, lists, tuples and dictionaries', () => {
    expect(
      read(
        '\x80\x02]q\x00(K\x07M\x34\x12J',
        u32(-5),
        '\x8a\x06',
        [0, 0, 0, 0, 0, 1],
        'G',
        [0x3f, 0xe0, 0, 0, 0, 0, 0, 0],
        'e.',
      ),
    ).toEqual([7, 0x1234, -5, 2 ** 40, 0.5]);
    expect(read('}(X', u32(1), 'aNX', u32(1), 'b\x88u.')).toEqual(
      new Map<string, unknown>([
        ['a', null],
        ['b', true],
      ]),
    );
    expect(read('K\x01K\x02\x86.')).toEqual(new PickleTuple([1, 2]));
    expect(read('\x8a\x01\xff.')).toBe(-1);
  });

  it('makes tensors of storages, and of nothing else', () => {
    const storage =
      '(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x06tQ';
    const tensor = read(
      `ctorch._utils\n_rebuild_tensor_v2\n(${storage}K\x01K\x02K\x02\x86K\x02K\x01\x86\x89ccollections\nOrderedDict\n)RtR.`,
    );
    expect(tensor).toEqual(new TensorReference(new StorageReference('float32', '0', 6), 1, [2, 2], [2, 1]));
    expect(() => read(`ctorch._utils\n_rebuild_tensor_v2\n(${storage}K\x01tR.`)).toThrow(
      /calls something other/,
    );
    expect(() => read('ccollections\nOrderedDict\n(K\x01tR.')).toThrow(/calls something other/);
    expect(() => read('X\x01\x00\x00\x00aQ.')).toThrow(/not a storage of numbers/);
  });

  it.each([
    'cos\nsystem\n.',
    'c__builtin__\neval\n.',
    'cbuiltins\nexec\n.',
    'ctorch\nload\n.',
    'cnumpy\nload\n.',
    'crunpy\n_run_code\n.',
    'ctorch.storage\n_load_from_bytes\n.',
    'cbuiltins\ngetattr\n.',
    'cwebbrowser\nopen\n.',
  ])('names nothing of Python: %j', (text) => {
    const [, module = '', name = ''] = /^c(.*)\n(.*)\n/.exec(text) ?? [];
    expect(() => read(text)).toThrow(`holds "${module}.${name}", which is not a tensor`);
  });

  it.each([
    ['called', 'csubprocess\nPopen\n(X\x02\x00\x00\x00lstR.'],
    ['made', 'csubprocess\nPopen\n)\x81.'],
    ['made with keywords', 'csubprocess\nPopen\n)}\x92.'],
    [
      'rebuilt as a tensor',
      'ctorch._tensor\n_rebuild_from_type_v2\n(csubprocess\nPopen\nNX\x01\x00\x00\x00a\x85}tR.',
    ],
  ])('refuses a class that is not on the list when it is %s', (_, text) => {
    expect(() => read(text)).toThrow(
      /holds "subprocess\.Popen", which is not a tensor|calls something other/,
    );
  });

  it('lets a class stand as a key, and fills the place of what numpy wrote', () => {
    const root = read(
      '}(ctorch.nn\nModule\nK\x01X',
      u32(1),
      'acnumpy.core.multiarray\nscalar\nK\x01\x85R',
      'u.',
    );
    expect(root).toBeInstanceOf(Map);
    expect(tensorsOf(root).size).toBe(0);
  });

  it.each([
    ['INST', '(ios\nsystem\n.'],
    ['OBJ', '(o.'],
    ['NEWOBJ', ')\x81.'],
    ['EXT1', '\x82\x01.'],
    ['PERSID', 'P0\n.'],
    ['BUILD on a tuple', ')}b.'],
  ])('has no instruction %s', (_, text) => {
    expect(() => read(text)).toThrow(UserError);
  });

  it.each([
    ['nothing', ''],
    ['no end', 'K\x01'],
    ['two values', 'K\x01K\x02.'],
    ['an open mark', '(K\x01.'],
    ['an underflow', '\x86.'],
    ['an underflow below a mark', 'K\x01(\x85.'],
    ['a recall of nothing', 'h\x05.'],
    ['a memo of nothing', 'q\x00.'],
    ['a text beyond the end', 'X\xff\xff\xff\xffab.'],
    ['a long integer of 255 bytes', '\x8a\xff.'],
    ['an odd dictionary', '}(K\x01u.'],
    ['a key twice', '}(K\x01K\x01K\x01K\x02u.'],
    ['items of a number', 'K\x01K\x02a.'],
    ['a name without end', 'ctorch'],
    ['protocol 5', '\x80\x05N.'],
  ])('with %s is damaged, in one sentence', (_, text) => {
    expect(() => read(text)).toThrow(UserError);
    expect(() => read(text)).toThrow(/^f: /);
  });

  it('is not blown up: a million lists, a memo at 4294967295, references of references, nesting', () => {
    expect(() => read(']'.repeat(1_000_000), '.')).toThrow(/more than 500000 objects/);
    expect(() => read('('.repeat(20_000), '.')).toThrow(/nested too deeply/);
    expect(read('K\x05r', u32(0xffffffff), '.')).toBe(5);
    // Each level holds the level below twice: 2^60 leaves, if anything walked them.
    const levels = Array.from({ length: 60 }, (_, level) => ['h', [level], '\x86q', [level + 1]]).flat();
    const start = performance.now();
    expect(tensorsOf(read('}(X', u32(1), 'a)q\x00', ...levels, 'u.')).size).toBe(0);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
