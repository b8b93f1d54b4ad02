import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pipeline, type PipelineOutput } from '../../../main/engine/diffusion/pipeline.ts';
import { silent } from '../../../main/engine/diffusion/silent.ts';
import { areaOfMask, decodeRle, iouOfMasks } from '../../../main/engine/masks/rle.ts';
import { requestSchema, type GenerationRequest } from '../../../preload/contract/request.ts';

const model = fileURLToPath(new URL('../../../assets/models/clipart-128', import.meta.url));

const layout = requestSchema.parse({
  version: 1,
  model,
  width: 128,
  height: 128,
  caption: 'a red apple and a yellow star',
  boxes: [
    { id: 'apple', phrase: 'red apple', box: [0.05, 0.25, 0.45, 0.75] },
    { id: 'star', phrase: 'yellow star', box: [0.55, 0.25, 0.95, 0.75] },
  ],
  seed: 3,
  steps: 10,
});

describe('the embedded model repaints', () => {
  let pipeline: Pipeline;
  let first: PipelineOutput;
  beforeAll(async () => {
    pipeline = await Pipeline.open(model, 'cpu');
    first = await pipeline.generate(layout, silent);
  }, 120_000);
  afterAll(() => pipeline.release());

  const from = (source: object, changes: Partial<GenerationRequest> = {}): Promise<PipelineOutput> =>
    pipeline.generate(
      requestSchema.parse({ ...layout, seed: 5, ...changes, source: { image: '0'.repeat(64), ...source } }),
      silent,
      first.image,
    );

  it('one box as something else, along its mask, and not one byte of the rest', async () => {
    const old = first.result.boxes[1];
    if (!old) throw new Error('no box');
    const [apple, star] = layout.boxes;
    if (!apple || !star) throw new Error('no boxes');
    const { image, masks, result } = await from(
      { denoise: 1, repaint: { boxes: ['star'], masks: [old.rle], grow: 2 } },
      { caption: 'a red apple and a blue circle', boxes: [apple, { ...star, phrase: 'blue circle' }] },
    );
    const repainted = decodeRle(result.repainted ?? old.rle);
    let [changed, kept] = [0, 0];
    repainted.forEach((inside, p) => {
      const same = [0, 1, 2].every((i) => image[3 * p + i] === first.image[3 * p + i]);
      if (inside === 0) {
        expect(same, `pixel ${p}`).toBe(true);
        kept++;
      } else if (!same) changed++;
    });
    expect(kept).toBeGreaterThan(128 * 128 * 0.6);
    expect(changed).toBeGreaterThan(0.8 * areaOfMask(repainted));
    // All of what was there, and the new instance mask: not the rectangle.
    expect(decodeRle(old.rle).every((value, p) => value === 0 || repainted[p] !== 0)).toBe(true);
    const found = masks[1] ?? new Uint8Array();
    expect(areaOfMask(found)).toBeGreaterThan(100);
    const rectangle = found.map((_, p) => (p % 128 >= 70 && p % 128 < 122 && p >= 32 * 128 && p < 96 * 128 ? 1 : 0)); // prettier-ignore
    expect(iouOfMasks(repainted, rectangle)).toBeLessThan(0.98);
    expect(result.warnings).toEqual([]);
  }, 120_000);

  it('the whole picture a little, and not at all', async () => {
    const distance = (image: Uint8Array): number =>
      image.reduce((sum, value, i) => sum + Math.abs(value - (first.image[i] ?? 0)), 0) / image.length;
    const little = await from({ denoise: 0.3 });
    const much = await from({ denoise: 0.9 });
    expect(distance(little.image)).toBeLessThan(distance(much.image));
    const none = await from({ denoise: 0 });
    expect(none.image).toEqual(first.image);
    // The masks that are seen in the finished picture are those of the run that made it, by and large.
    none.masks.forEach((mask, k) => {
      expect(iouOfMasks(mask, first.masks[k] ?? new Uint8Array())).toBeGreaterThan(0.5);
    });
  }, 180_000);
});
