import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../main/engine/errors.ts';
import { readFloats, readIntegers } from '../../../main/engine/weights/tensorValues.ts';
import { openTensorFile } from '../../../main/engine/weights/tensorFile.ts';
import type { TensorDirectory } from '../../../main/engine/weights/tensorDirectory.ts';
import { openTorchFile } from '../../../main/engine/weights/torch/torchFile.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/weights/torch/${name}`, import.meta.url));

async function valuesOf(directory: TensorDirectory, name: string): Promise<number[]> {
  return directory.get(name)?.dtype === 'int64'
    ? [...(await readIntegers(directory, name))].map(Number)
    : [...(await readFloats(directory, name))];
}

async function refusal(path: string): Promise<string> {
  const error: unknown = await openTorchFile(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error instanceof UserError ? error.message : '';
}

// tests/fixtures/weights/make_weights.py wrote every pair with torch.save and safetensors from the same tensors.
describe('a file of torch.save', () => {
  it('holds the same types, shapes and values as the safetensors file, in place', async () => {
    const torch = await openTensorFile(fixture('small.bin'));
    const safe = await openTensorFile(fixture('small.safetensors'));
    expect([...torch.names].sort()).toEqual([...safe.names].sort());
    for (const name of safe.names) {
      const [found, expected] = [torch.get(name), safe.get(name)];
      expect(found, name).toMatchObject({ dtype: expected?.dtype, shape: expected?.shape });
      expect(found?.file).toBe(realpathSync(fixture('small.bin')));
      expect(await valuesOf(torch, name), name).toEqual(await valuesOf(safe, name));
    }
    // Two views of one storage lie at one place.
    expect(torch.get('same')?.offset).toBe(torch.get('view')?.offset);
    expect(torch.get('scalar')?.shape).toEqual([]);
  });

  it.each(['metadata.bin', 'lightning.bin', 'zip64.bin'])(
    '%s: a module’s state dict, whatever is around it',
    async (file) => {
      const torch = await openTorchFile(fixture(file));
      const safe = await openTensorFile(fixture('metadata.safetensors'));
      expect([...torch.names].sort()).toEqual(['0.bias', '0.weight']);
      if (file === 'zip64.bin' || file === 'metadata.bin') {
        for (const name of safe.names)
          expect(await valuesOf(torch, name)).toEqual(await valuesOf(safe, name));
      }
    },
  );

  it('of a training program opens with its weights, whatever callbacks, numpy scalars and settings are beside them', async () => {
    const torch = await openTensorFile(fixture('training.ckpt'));
    const safe = await openTensorFile(fixture('training.safetensors'));
    expect([...torch.names].sort()).toEqual([...safe.names].sort());
    for (const name of safe.names)
      expect(await valuesOf(torch, name), name).toEqual(await valuesOf(safe, name));
  });

  it('may hold a Parameter', async () => {
    expect(await valuesOf(await openTorchFile(fixture('parameter.bin')), 'w')).toEqual([0, 0]);
  });

  it('may be of pickle protocol 4', async () => {
    expect((await openTorchFile(fixture('protocol4.bin'))).get('w')?.shape).toEqual([2, 3]);
  });

  it.each([
    ['transposed.bin', /tensor "w" is stored transposed/],
    ['module.bin', /holds "torch\.nn\.modules\.container\.Sequential", which is not a tensor.*safetensors/],
    ['evil.bin', /holds "posix\.system", which is not a tensor/],
    ['old.bin', /is in the format of PyTorch before 1\.6/],
    ['script.bin', /is a TorchScript program/],
    ['compressed.bin', /"archive\/[^"]*" is compressed|"metadata\/[^"]*" is compressed/],
  ])('%s is refused', async (file, expected) => {
    expect(await refusal(fixture(file))).toMatch(expected);
    expect(existsSync('/tmp/isac-studio-was-here')).toBe(false);
  });

  it('cut short, empty, a pointer or nothing is refused with its name', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'torch-')));
    try {
      const path = join(folder, 'model.bin');
      writeFileSync(path, '');
      expect(await refusal(path)).toMatch(/holds no weights: it is neither .* download it again\.$/);
      writeFileSync(path, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n');
      expect(await refusal(path)).toMatch(/only a Git LFS pointer/);
      expect(await refusal(join(folder, 'none.bin'))).toMatch(/there is no such file/);
      await expect(openTensorFile(folder)).rejects.toThrow(/is a folder, not a file/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('hostile bytes', () => {
  let folder: string;
  let sound: Buffer;
  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'torch-')));
    const { readFileSync } = await import('node:fs');
    sound = readFileSync(fixture('metadata.bin'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('every truncation of a sound file is refused, in one sentence', async () => {
    const path = join(folder, 'cut.bin');
    for (let length = 4; length < sound.length; length += 37) {
      writeFileSync(path, sound.subarray(0, length));
      expect((await refusal(path)).startsWith(path)).toBe(true);
    }
  });

  it('every flipped byte is either refused in one sentence or harmless', async () => {
    const path = join(folder, 'flipped.bin');
    let refused = 0;
    for (let at = 0; at < sound.length; at += 5) {
      const bytes = Buffer.from(sound);
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      writeFileSync(path, bytes);
      try {
        const directory = await openTorchFile(path);
        for (const name of directory.names) {
          const entry = directory.get(name);
          expect((entry?.offset ?? 0) + (entry?.byteLength ?? 0)).toBeLessThanOrEqual(sound.length);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(50);
  });
});
