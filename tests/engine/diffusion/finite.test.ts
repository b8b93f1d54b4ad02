import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Pipeline } from '../../../main/engine/diffusion/pipeline.ts';
import { silent } from '../../../main/engine/diffusion/silent.ts';
import { UserError } from '../../../main/engine/errors.ts';
import { requestSchema, type GenerationRequest } from '../../../preload/contract/request.ts';

const whole = fileURLToPath(new URL('../../fixtures/pipeline/epsilon', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'isac-finite-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const headerSchema = z.record(
  z.string(),
  z.object({ dtype: z.string().optional(), data_offsets: z.tuple([z.int(), z.int()]).optional() }),
);

/** A copy of the small model with another number in the first place of one tensor (the safetensors layout, by hand). */
function modelWith(file: string, tensor: string, value: number): string {
  const copy = mkdtempSync(join(folder, 'model-'));
  cpSync(whole, copy, { recursive: true });
  const path = join(copy, file);
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const entry = headerSchema.parse(JSON.parse(bytes.subarray(8, 8 + length).toString()))[tensor];
  if (entry?.data_offsets === undefined || entry.dtype !== 'F32') throw new Error(`no float32 ${tensor}`);
  bytes.writeFloatLE(value, 8 + length + entry.data_offsets[0]);
  writeFileSync(path, bytes);
  return copy;
}

const caseSchema = z.looseObject({ strength: z.number(), width: z.int(), height: z.int() });

function requestFor(model: string, change: object = {}): GenerationRequest {
  const { strength, ...rest } = caseSchema.parse(JSON.parse(readFileSync(`${whole}/case.json`, 'utf8')));
  return requestSchema.parse({ version: 1, model, ...rest, steps: 2, isac: { strength }, ...change });
}

async function messageFrom(
  model: string,
  request: GenerationRequest,
  picture: Uint8Array | null = null,
): Promise<string> {
  const pipeline = await Pipeline.open(model, 'cpu');
  try {
    await pipeline.generate(request, silent, picture);
    return 'an image';
  } catch (error) {
    return error instanceof UserError ? error.message : `not for the user: ${String(error)}`;
  } finally {
    await pipeline.release();
  }
}

const UNET = 'unet/diffusion_pytorch_model.safetensors';
const VAE = 'vae/diffusion_pytorch_model.safetensors';
const TEXT = 'text_encoder/model.safetensors';

const PLAIN = { isac: { method: 'none' } };

describe('weights that are not numbers end in one sentence with network and step', () => {
  it.each([
    ['text encoder', TEXT, 'text_model.final_layer_norm.bias', NaN, /^The text encoder returns .*NaN/],
    ['text encoder', TEXT, 'text_model.final_layer_norm.bias', Infinity, /^The text encoder returns/],
    ['position net', UNET, 'position_net.linears.0.bias', NaN, /^The position net returns/],
    ['UNet, one channel', UNET, 'conv_out.bias', NaN, /^The UNet returns .* at step 1 of 2: /],
    ['UNet, first layer', UNET, 'conv_in.weight', Infinity, /^The UNet returns .* at step 1 of 2: /],
    ['VAE decoder, one channel', VAE, 'decoder.conv_out.bias', NaN, /^The VAE decoder returns/],
    ['VAE decoder, infinity', VAE, 'decoder.conv_out.bias', -Infinity, /^The VAE decoder returns/],
  ])('%s', async (_, file, tensor, value, sentence) => {
    const model = modelWith(file, tensor, value);
    expect(await messageFrom(model, requestFor(model, PLAIN))).toMatch(sentence);
  });

  it('a guided step, where the objective and its gradient come before the prediction', async () => {
    const model = modelWith(UNET, 'conv_in.weight', NaN);
    expect(await messageFrom(model, requestFor(model))).toMatch(
      /^The attention of the UNet .* at step 1 of 2: /,
    );
  });

  it('the VAE encoder, for a source picture', async () => {
    const model = modelWith(VAE, 'encoder.conv_in.bias', NaN);
    const plain = requestFor(model);
    const request = requestFor(model, { ...PLAIN, source: { image: 'a'.repeat(64), denoise: 0.5 } });
    const picture = new Uint8Array(3 * plain.width * plain.height).fill(100);
    expect(await messageFrom(model, request, picture)).toMatch(/^The VAE encoder returns/);
  });

  it('the preview of a step, so that the run does not go on to its end', async () => {
    const model = modelWith(VAE, 'decoder.conv_out.bias', NaN);
    const pipeline = await Pipeline.open(model, 'cpu');
    const request = requestFor(model, PLAIN);
    const done: number[] = [];
    const run = pipeline.generate(request, {
      ...silent,
      step: async ({ step, denoised }) => {
        done.push(step);
        await pipeline.decode(denoised, request);
      },
    });
    await expect(run).rejects.toThrow(/^The VAE decoder returns/);
    expect(done).toEqual([1]);
    await pipeline.release();
  });

  it('guidance that leaves float32: the latents of the step, and what to lower', async () => {
    const request = requestFor(whole, PLAIN);
    const message = await messageFrom(whole, { ...request, guidanceScale: 3.4e38, steps: 3 });
    expect(message).toMatch(/returns values that are not numbers .* at step \d of 3: .*lower the guidance/);
  });

  it('a model without damage gives its image', async () => {
    expect(await messageFrom(whole, requestFor(whole))).toBe('an image');
  });
});
