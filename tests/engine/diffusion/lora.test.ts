import { copyFileSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Pipeline, type PipelineOutput } from '../../../main/engine/diffusion/pipeline.ts';
import { silent } from '../../../main/engine/diffusion/silent.ts';
import { Session } from '../../../main/engine/runtime/session.ts';
import { SafetensorsFile } from '../../../main/engine/weights/safetensorsFile.ts';
import { readFloats } from '../../../main/engine/weights/tensorValues.ts';
import type { LoraChoice } from '../../../preload/contract/lora.ts';
import { requestSchema, type GenerationRequest } from '../../../preload/contract/request.ts';
import { maxDifference } from '../compare.ts';
import { settingsBefore } from '../isac/settingsBefore.ts';

const fixture = (path: string): string => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url));
const model = fixture('pipeline/epsilon');
const [kohya, locon] = ['kohya', 'locon'].map((name) => realpathSync(fixture(`lora/${name}.safetensors`))) as [string, string]; // prettier-ignore

function request(loras: readonly LoraChoice[] | undefined, method: 'none' | 'lo'): GenerationRequest {
  const { strength, ...rest } = JSON.parse(readFileSync(join(model, 'case.json'), 'utf8')) as {
    strength: number;
  };
  const chosen = loras === undefined ? {} : { loras };
  return requestSchema.parse({
    version: 1,
    model,
    ...rest,
    ...chosen,
    isac: { ...settingsBefore, method, strength, lastStep: 1 },
  });
}

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await Pipeline.open(model, 'cpu');
});
afterAll(() => pipeline.release());

const generate = (loras: readonly LoraChoice[] | undefined, method: 'none' | 'lo' = 'none'): Promise<PipelineOutput> =>
  pipeline.generate(request(loras, method), silent); // prettier-ignore

describe('the pipeline with LoRAs', () => {
  it('makes the image that diffusers and peft make of the same files and weights', async () => {
    const { image } = await generate([{ file: kohya, weight: 0.7 }, { file: locon, weight: -0.4 }]); // prettier-ignore
    const file = await SafetensorsFile.open(fixture('lora/expected.safetensors'));
    const expected = await readFloats(file, 'both.image');
    const area = image.length / 3;
    const shown = Float32Array.from(expected, (_, i) => (image[3 * (i % area) + Math.floor(i / area)] ?? 0) / 255); // prettier-ignore
    expect(maxDifference(shown, expected)).toBeLessThan(2 / 255);
    const plain = await generate([]);
    expect(maxDifference(image, plain.image)).toBeGreaterThan(10);
  });

  it.each(['none', 'lo'] as const)('weight 0 is the image without, bit by bit (ISAC %s)', async (method) => {
    const without = await generate(undefined, method);
    const zero = await generate([{ file: kohya, weight: 0 }], method);
    expect(zero.image).toEqual(without.image);
    expect(zero.result.losses).toEqual(without.result.losses);
  });

  it('another weight needs no new session, another file does; ISAC-LO runs through the branches', async () => {
    const create = vi.spyOn(Session, 'create');
    const first = await generate([{ file: kohya, weight: 0.5 }], 'lo');
    const opened = create.mock.calls.length;
    expect(opened).toBeGreaterThan(0);
    const second = await generate([{ file: kohya, weight: 0.6 }], 'lo');
    expect(create.mock.calls.length).toBe(opened);
    expect(maxDifference(first.image, second.image)).toBeGreaterThan(0);
    expect(second.result.losses.every(({ gradientNorm }) => gradientNorm > 0)).toBe(true);
    await generate([{ file: locon, weight: 0.6 }], 'lo');
    expect(create.mock.calls.length).toBeGreaterThan(opened);
    create.mockRestore();
  });

  it('states the hash, and refuses a file that is another one by now', async () => {
    const sha256 = createHash('sha256').update(readFileSync(kohya)).digest('hex');
    const { result } = await generate([{ file: kohya, weight: 1 }]);
    expect(result.request.loras).toEqual([{ file: kohya, weight: 1, sha256 }]);
    const again = await pipeline.generate(result.request, silent);
    expect(again.result.request).toEqual(result.request);

    const folder = mkdtempSync(join(tmpdir(), 'isac-lora-'));
    const file = join(folder, 'style.safetensors');
    copyFileSync(kohya, file);
    await generate([{ file, weight: 1, sha256 }]);
    copyFileSync(locon, file);
    await expect(generate([{ file, weight: 1, sha256 }])).rejects.toThrow(
      /style\.safetensors: is not the LoRA that this was made with: its SHA-256 begins with [0-9a-f]{12}, expected/,
    );
    rmSync(folder, { recursive: true });
    await expect(generate([{ file, weight: 0 }])).rejects.toThrow(`${file}: there is no such LoRA file.`);
  });
});
