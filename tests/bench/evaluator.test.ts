import { readFileSync } from 'node:fs';
import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Evaluator } from '../../main/bench/evaluator.ts';
import { appRoot } from '../../main/host/appRoot.ts';
import { decodePng } from '../../main/host/png.ts';
import { layoutSchema } from '../../preload/contract/layout.ts';

const fixture = (name: string): string => join(import.meta.dirname, '..', 'fixtures', 'bench', name);
const { boxes } = layoutSchema.parse(JSON.parse(readFileSync(fixture('overlapping.json'), 'utf8')));
const { data, channels } = decodePng(readFileSync(fixture('overlapping.png')));
const image = data.filter((_, i) => i % channels < 3);
const folder = join(appRoot(), 'assets', 'models', 'evaluator');

describe('the evaluator that ships, on true drawings', () => {
  it('names the objects of overlapping boxes and finds nothing beside them', async () => {
    const evaluator = await Evaluator.open(folder);
    const seen = await evaluator.look(
      image,
      boxes.map(({ box }) => box),
    );
    const names = seen.inBoxes.map((one) => one && evaluator.config.classes[one.class]);
    expect(names).toEqual(['fish', 'bird', 'cat']);
    expect(seen.instances).toHaveLength(3);
  });

  it('finds no object of its own in a box over bare ground, and none for a second box over the same object', async () => {
    const evaluator = await Evaluator.open(folder);
    const cat = boxes[2]?.box ?? [0, 0, 1, 1];
    const { inBoxes } = await evaluator.look(image, [[0.02, 0.7, 0.3, 0.98], cat, cat]);
    expect(inBoxes.map((one) => one !== null)).toEqual([false, true, false]);
  });

  it('has a hash that changes with each of its files', async () => {
    const shipped = await Evaluator.open(folder);
    const copy = await mkdtemp(join(tmpdir(), 'evaluator-'));
    try {
      await cp(folder, copy, { recursive: true });
      expect((await Evaluator.open(copy)).sha256).toBe(shipped.sha256);
      // A field that ONNX does not know (field 2000, varint) changes no network.
      const unknown = Uint8Array.of(0x80, 0x7d, 0x01);
      const changes = { 'evaluator.json': ' ', 'model.onnx': unknown, 'prompted.onnx': unknown, 'classifier.onnx': unknown }; // prettier-ignore
      const hashes = new Set([shipped.sha256]);
      for (const [file, more] of Object.entries(changes)) {
        await appendFile(join(copy, file), more);
        hashes.add((await Evaluator.open(copy)).sha256);
      }
      expect(hashes.size).toBe(5);
    } finally {
      await rm(copy, { recursive: true });
    }
  });
});
