import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Networks } from '../../../main/engine/diffusion/networks.ts';
import { Pipeline, type PipelineOutput } from '../../../main/engine/diffusion/pipeline.ts';
import type { StepEvent } from '../../../main/engine/diffusion/sampling.ts';
import { silent } from '../../../main/engine/diffusion/silent.ts';
import { emptyInpaintChannels, SourcePicture } from '../../../main/engine/diffusion/sourcePicture.ts';
import { TorchGenerator } from '../../../main/engine/diffusion/torchGenerator.ts';
import { compose } from '../../../main/engine/masks/morphology.ts';
import { decodeRle, encodeRle } from '../../../main/engine/masks/rle.ts';
import { openModel } from '../../../main/engine/weights/openModel.ts';
import { requestSchema, type GenerationRequest, type Sampler } from '../../../preload/contract/request.ts';
import { fixtureTensor, readSafetensors } from '../../fixtures/readSafetensors.ts';
import { maxDifference } from '../compare.ts';
import { settingsBefore } from '../isac/settingsBefore.ts';

const here = (path: string): string => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url));
const tiny = here('pipeline/epsilon');
// tests/fixtures/source/make_source.py: diffusers' image to image and inpainting pipelines on the same model.
const expected = readSafetensors(here('source/expected.safetensors'));
const SIDE = 16;
const picture = Uint8Array.from(fixtureTensor(expected, 'picture'));
const mask = Uint8Array.from(fixtureTensor(expected, 'mask'));
const rle = encodeRle(mask, SIDE, SIDE);
const image = '0'.repeat(64);

interface Choice {
  readonly sampler?: Sampler;
  readonly steps?: number;
  readonly method?: 'none' | 'lo' | 'ls';
  readonly source: { denoise?: number; repaint?: object };
}

function requestOf({ sampler = 'ddim', steps = 6, method = 'none', source }: Choice): GenerationRequest {
  const { strength, ...layout } = JSON.parse(readFileSync(`${tiny}/case.json`, 'utf8')) as {
    strength: number;
  };
  return requestSchema.parse({
    version: 1,
    model: tiny,
    ...layout,
    sampler,
    steps,
    isac: { ...settingsBefore, strength, method, candidates: 2, lastStep: 1 },
    source: { image, ...source },
  });
}

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await Pipeline.open(tiny, 'cpu');
});
afterAll(() => pipeline.release());

async function generate(
  choice: Choice,
  on = pipeline,
): Promise<{ output: PipelineOutput; events: StepEvent[] }> {
  const events: StepEvent[] = [];
  const callbacks = { ...silent, step: (event: StepEvent) => void events.push(event) };
  return { output: await on.generate(requestOf(choice), callbacks, picture), events };
}

/** An image of diffusers, [H, W, 3] in 0..1, as bytes. */
const bytesOf = (name: string): Uint8Array =>
  Uint8Array.from(fixtureTensor(expected, name), (value) => Math.round(value * 255));

describe('image to image against diffusers', () => {
  it.each(['ddim', 'euler', 'euler-ancestral', 'pndm', 'dpmpp-2m'] as const)(
    '%s: the image of StableDiffusionImg2ImgPipeline from the same seed',
    async (sampler) => {
      const { output, events } = await generate({ sampler, source: { denoise: 0.6 } });
      // int(6 * 0.6) steps; PNDM takes one twice.
      expect(events).toHaveLength(sampler === 'pndm' ? 4 : 3);
      expect(maxDifference(output.image, bytesOf(`img2img.${sampler}.image`))).toBeLessThanOrEqual(1);
      if (sampler === 'euler' || sampler === 'dpmpp-2m') {
        // Their last step ends at the estimate of x0.
        const latents = fixtureTensor(expected, `img2img.${sampler}.latents`);
        expect(maxDifference(events.at(-1)?.denoised ?? new Float32Array(), latents)).toBeLessThan(1e-3);
      }
    },
  );
});

describe('repainting a mask against diffusers', () => {
  it.each([
    ['ddim', 0.7, '0.7'],
    ['ddim', 1, '1.0'],
    ['euler', 0.7, '0.7'],
    ['euler', 1, '1.0'],
  ] as const)(
    '%s, denoise %s: what StableDiffusionInpaintPipeline paints',
    async (sampler, denoise, name) => {
      const { output, events } = await generate({
        sampler,
        steps: 5,
        source: { denoise, repaint: { masks: [rle] } },
      });
      const painted = bytesOf(`repaint.${sampler}.${name}.image`);
      const whole = compose(picture, painted, mask, { width: SIDE, height: SIDE, feather: 1 });
      expect(maxDifference(output.image, whole)).toBeLessThanOrEqual(1);
      if (sampler === 'euler') {
        const latents = fixtureTensor(expected, `repaint.euler.${name}.latents`);
        expect(maxDifference(events.at(-1)?.denoised ?? new Float32Array(), latents)).toBeLessThan(1e-3);
      }
      expect(output.result.repainted).toEqual(rle);
    },
  );
});

describe('a UNet of nine channels', () => {
  let folder: string;
  let nine: Pipeline;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'isac-nine-'));
    cpSync(tiny, folder, { recursive: true });
    const config = join(folder, 'unet/config.json');
    const fields = JSON.parse(readFileSync(config, 'utf8')) as object;
    writeFileSync(config, JSON.stringify({ ...fields, in_channels: 9 }));
    replaceTensor(join(folder, 'unet/diffusion_pytorch_model.safetensors'), 'conv_in.weight');
    nine = await Pipeline.open(folder, 'cpu');
  });
  afterAll(async () => {
    await nine.release();
    rmSync(folder, { recursive: true });
  });

  it('sees the mask and the masked latents as in diffusers, for every step', async () => {
    const source = { denoise: 1, repaint: { masks: [rle] } };
    const { events, output } = await generate({ sampler: 'euler', steps: 4, source }, nine);
    const latents = fixtureTensor(expected, 'nine.gligen.latents');
    expect(maxDifference(events.at(-1)?.denoised ?? new Float32Array(), latents)).toBeLessThan(1e-3);
    expect(output.result.repainted).toEqual(rle);
  });

  it('joins the channels in the order of GLIGEN, or of Stable Diffusion behind an adapter', async () => {
    const model = await openModel(folder);
    const networks = new Networks(model, 'cpu', 0);
    const latents = { width: 8, height: 8 };
    const request = requestOf({ source: { denoise: 1, repaint: { masks: [rle] } } });
    const source = await SourcePicture.encode(
      { request, picture, latents, scale: 2 },
      networks,
      new TorchGenerator(7),
    );
    const clean = fixtureTensor(expected, 'clean');
    expect(maxDifference(source.held.clean, clean)).toBeLessThan(1e-4);
    const cells = source.held.region ?? new Uint8Array();
    const keep = Float32Array.from(cells, (value) => 1 - value);
    const gligen = await source.inpaintChannels(networks, 'gligen');
    expect(maxDifference(gligen.slice(0, 256), clean.map((value, i) => value * (keep[i % 64] ?? 0)))).toBeLessThan(1e-4); // prettier-ignore
    expect([...gligen.slice(256)]).toEqual([...keep]);
    const plain = await source.inpaintChannels(networks, 'stable-diffusion');
    expect([...plain.slice(0, 64)]).toEqual([...cells]);
    expect(maxDifference(plain.slice(64), fixtureTensor(expected, 'masked_latents'))).toBeLessThan(1e-4);
    expect((await emptyInpaintChannels(networks, latents, 'stable-diffusion'))[0]).toBe(1);
    expect([...(await emptyInpaintChannels(networks, latents, 'gligen'))].every((v) => v === 0)).toBe(true);
    await networks.release();
  });

  it('takes ISAC steps on the latents alone, and paints without a picture too', async () => {
    const { output } = await generate({ method: 'lo', steps: 3, source: { denoise: 1, repaint: { boxes: ['a'] } } }, nine); // prettier-ignore
    expect(output.result.runs).toMatchObject({ isac: 3 });
    expect(output.result.losses.every(({ gradientNorm }) => gradientNorm > 0)).toBe(true);
    const request = requestOf({ steps: 2, source: {} });
    delete request.source;
    const whole = await nine.generate(request, silent);
    expect(whole.masks).toHaveLength(3);
  });
});

describe('a picture that is changed in part', () => {
  it.each(['none', 'lo', 'ls'] as const)('keeps every byte outside of what it says (%s)', async (method) => {
    const { output } = await generate({ method, source: { denoise: 1, repaint: { boxes: ['b'] } } });
    const repainted = decodeRle(output.result.repainted ?? rle);
    expect(repainted.some((value) => value !== 0)).toBe(true);
    // Inside of its box's rectangle, cells rounded outwards.
    repainted.forEach((value, p) => {
      const [x, y] = [p % SIDE, Math.floor(p / SIDE)];
      if (x < 6 || y < 2 || y >= 14) expect(value).toBe(0);
    });
    const outside = (bytes: Uint8Array): number[] =>
      [...bytes].map((value, i) => (repainted[Math.floor(i / 3)] === 0 ? value : -1));
    expect(outside(output.image)).toEqual(outside(picture));
    expect(output.image).not.toEqual(picture);
  });

  it('is the picture itself when nothing is to be made anew, with the masks seen in it', async () => {
    const { output, events } = await generate({ method: 'lo', source: { denoise: 0 } });
    expect(output.image).toEqual(picture);
    expect(events).toHaveLength(1);
    expect(output.result.losses).toEqual([]);
    expect(output.result.runs).not.toHaveProperty('vae_decoder', 1);
    expect(output.masks).toHaveLength(3);
    // 0.1 of 6 steps is none either.
    expect((await generate({ source: { denoise: 0.1 } })).output.image).toEqual(picture);
  });

  it('refuses in one sentence what does not fit', async () => {
    const repaint = (change: object): Promise<unknown> =>
      generate({ source: { denoise: 1, repaint: change } });
    await expect(repaint({ boxes: ['nobody'] })).rejects.toThrow(
      'The box "nobody" is to be repainted, but the layout has no box of that id.',
    );
    await expect(repaint({ masks: [encodeRle(new Uint8Array(64), 8, 8)] })).rejects.toThrow(
      'A mask of 8 x 8 pixels does not fit the picture of 16 x 16.',
    );
    const request = requestOf({ source: {} });
    await expect(pipeline.generate(request, silent, new Uint8Array(12))).rejects.toThrow(
      'The source picture must have 16 x 16 pixels, the size of the request.',
    );
    await expect(pipeline.generate(request, silent)).rejects.toThrow('did not come with the request');
  });
});

/** A safetensors file with one tensor replaced by that of the fixtures. */
function replaceTensor(file: string, name: string): void {
  const tensors = readSafetensors(file);
  const replacement = expected.get(name);
  if (!replacement) throw new Error(`the fixture has no tensor ${name}`);
  tensors.set(name, replacement);
  let offset = 0;
  const header: Record<string, unknown> = {};
  for (const [key, { shape, data }] of tensors) {
    header[key] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header).padEnd(Math.ceil(JSON.stringify(header).length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const data = [...tensors.values()].map((tensor) => Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)); // prettier-ignore
  writeFileSync(file, Buffer.concat([length, json, ...data]));
}
