import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float32FromHalf, halfFromFloat32 } from '../../../main/engine/weights/halfFloats.ts';
import { SafetensorsFile } from '../../../main/engine/weights/safetensorsFile.ts';
import {
  countNonFinite,
  readFloats,
  readIntegers,
  requireFinite,
} from '../../../main/engine/weights/tensorValues.ts';
import { requireTensor } from '../../../main/engine/weights/tensorDirectory.ts';
import { vector, writeSafetensors } from './writeSafetensors.ts';

const fixture = fileURLToPath(new URL('../../fixtures/safetensors/values.safetensors', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'values-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a file written by the reference implementation', () => {
  it('has the same values read as float16 and as float32', async () => {
    const file = await SafetensorsFile.open(fixture);
    expect(file.metadata.get('note')).toBe('für den Leser');
    for (const kind of ['half', 'bfloat']) {
      const read = await readFloats(file, kind);
      const wanted = await readFloats(file, `${kind}.as_float32`);
      expect(read.length).toBeGreaterThan(5000);
      expect(read).toEqual(wanted);
    }
  });

  it('has numbers that round to the same halves as torch rounds them', async () => {
    const file = await SafetensorsFile.open(fixture);
    const halves = float32FromHalf(halfFromFloat32(await readFloats(file, 'numbers')));
    expect(halves).toEqual(await readFloats(file, 'numbers.as_half'));
  });

  it('has integers, doubles, a scalar and an empty tensor', async () => {
    const file = await SafetensorsFile.open(fixture);
    expect([...(await readIntegers(file, 'ids'))]).toEqual([
      0n,
      1n,
      -1n,
      2n ** 62n,
      -(2n ** 63n),
      2n ** 63n - 1n,
    ]);
    expect([...(await readFloats(file, 'double'))]).toEqual([0.1, 1 / 3].map(Math.fround));
    expect(requireTensor(file, 'scalar', []).shape).toEqual([]);
    expect([...(await readFloats(file, 'scalar'))]).toEqual([0.5]);
    expect(await readFloats(file, 'empty')).toHaveLength(0);
  });

  it('refuses the wrong type by name', async () => {
    const file = await SafetensorsFile.open(fixture);
    await expect(readFloats(file, 'ids')).rejects.toThrow(/tensor "ids" is int64, not float/);
    await expect(readIntegers(file, 'half')).rejects.toThrow(/tensor "half" is float16, not int64/);
    await expect(readFloats(file, 'absent')).rejects.toThrow(/tensor "absent" is missing/);
  });
});

describe('half precision', () => {
  it('is exact both ways for every half that is a number', () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, index) => index);
    const back = halfFromFloat32(float32FromHalf(bits));
    const wrong = [...bits].filter((pattern) => (pattern & 0x7fff) <= 0x7c00 && back[pattern] !== pattern);
    expect(wrong).toEqual([]);
  });

  it('rounds to a neighbour that no other half is nearer than', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: -65504, max: 65504 }), (value) => {
        const [bits = 0] = halfFromFloat32(Float32Array.of(value));
        const around = [bits - 1, bits, bits + 1].filter((one) => (one & 0x7fff) < 0x7c00 && one >= 0);
        const values = [...float32FromHalf(Uint16Array.from(around))];
        const chosen = float32FromHalf(Uint16Array.of(bits))[0] ?? NaN;
        const distance = Math.abs(chosen - value);
        expect(values.every((one) => Math.abs(one - value) >= distance)).toBe(true);
      }),
    );
  });
});

describe('weights that are not numbers', () => {
  it('are counted and located across the pieces of a scan', async () => {
    const path = join(folder, 'nan.safetensors');
    const many = new Float32Array(1024 * 1024 * 2 + 5).fill(1);
    many[1024 * 1024 + 3] = NaN;
    many[1024 * 1024 * 2 + 4] = -Infinity;
    writeSafetensors(path, {
      fine: vector(1, 2),
      poisoned: { dtype: 'F32', shape: [many.length], bytes: new Uint8Array(many.buffer) },
    });
    const file = await SafetensorsFile.open(path);
    expect(await countNonFinite(requireTensor(file, 'fine'))).toEqual({ nan: 0, infinite: 0, first: -1 });
    expect(await countNonFinite(requireTensor(file, 'poisoned'))).toEqual({
      nan: 1,
      infinite: 1,
      first: 1024 * 1024 + 3,
    });
    await requireFinite(file, ['fine']);
    await expect(requireFinite(file)).rejects.toThrow(/tensor "poisoned" holds 1 NaN and 1 infinite values/);
  });

  it('are found in half precision too', async () => {
    const path = join(folder, 'half.safetensors');
    const bits = Uint16Array.of(0x3c00, 0x7e00, 0x7c00);
    writeSafetensors(path, { h: { dtype: 'F16', shape: [3], bytes: new Uint8Array(bits.buffer) } });
    const file = await SafetensorsFile.open(path);
    expect(await countNonFinite(requireTensor(file, 'h'))).toEqual({ nan: 1, infinite: 1, first: 1 });
  });
});
