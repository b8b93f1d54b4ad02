import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pipeline } from '../../../main/engine/diffusion/pipeline.ts';
import { silent } from '../../../main/engine/diffusion/silent.ts';
import type { ModelConfigs } from '../../../main/engine/weights/configs/sd1Configs.ts';
import { schedulerConfigSchema } from '../../../main/engine/weights/configs/schedulerConfig.ts';
import { textEncoderConfigSchema } from '../../../main/engine/weights/configs/textEncoderConfig.ts';
import { unetConfigSchema } from '../../../main/engine/weights/configs/unetConfig.ts';
import { vaeConfigSchema } from '../../../main/engine/weights/configs/vaeConfig.ts';
import { openGligenAdapter } from '../../../main/engine/weights/gligenAdapter.ts';
import type { ModelFolder } from '../../../main/engine/weights/modelFolder.ts';
import { openModel, type ModelSource } from '../../../main/engine/weights/openModel.ts';
import { SafetensorsFile } from '../../../main/engine/weights/safetensorsFile.ts';
import type { TensorDirectory } from '../../../main/engine/weights/tensorDirectory.ts';
import { readFloats } from '../../../main/engine/weights/tensorValues.ts';
import { requestSchema } from '../../../preload/contract/request.ts';
import { maxDifference } from '../compare.ts';
import { writeSafetensors, vector, type TestTensor } from './writeSafetensors.ts';
import { settingsBefore } from '../isac/settingsBefore.ts';

const root = fileURLToPath(new URL('../../fixtures/weights/checkpoint', import.meta.url));
const plain = join(root, 'plain');
const adapter = join(root, 'adapter.safetensors');
const tokenizer = join(plain, 'tokenizer');

const json = (path: string): unknown => JSON.parse(readFileSync(join(plain, path), 'utf8'));
const configs: ModelConfigs = {
  unet: unetConfigSchema.parse(json('unet/config.json')),
  textEncoder: textEncoderConfigSchema.parse(json('text_encoder/config.json')),
  vae: vaeConfigSchema.parse(json('vae/config.json')),
  scheduler: schedulerConfigSchema.parse(json('scheduler/scheduler_config.json')),
};

const withAdapter: ModelSource = { kind: 'folder+adapter', folder: plain, adapter };
const checkpoint: ModelSource = {
  kind: 'checkpoint',
  checkpoint: join(root, 'sd1.safetensors'),
  adapter,
  tokenizer,
};
const own: ModelSource = {
  kind: 'checkpoint',
  checkpoint: join(root, 'gligen_own.bin'),
  adapter: null,
  tokenizer,
};

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'open-model-')));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function expectSame(found: TensorDirectory, expected: TensorDirectory): Promise<void> {
  expect([...found.names].sort()).toEqual([...expected.names].sort());
  for (const name of expected.names) {
    expect(found.get(name), name).toMatchObject({
      dtype: expected.get(name)?.dtype,
      shape: expected.get(name)?.shape,
    });
    expect(await readFloats(found, name), name).toEqual(await readFloats(expected, name));
  }
}

/** Tensors of an adapter under the names of its file. */
async function copyOf(path: string, change: (tensors: Record<string, TestTensor>) => void): Promise<string> {
  const file = await SafetensorsFile.open(path);
  const bytes = readFileSync(path);
  const tensors = Object.fromEntries(
    [...file.tensors].map(([name, { begin, byteLength, shape, dtype }]) => [
      name,
      {
        dtype: { float16: 'F16', float32: 'F32', int64: 'I64' }[String(dtype)] ?? 'F16',
        shape,
        bytes: bytes.subarray(begin, begin + byteLength),
      },
    ]),
  );
  change(tensors);
  const target = join(folder, 'changed.safetensors');
  writeSafetensors(target, tensors);
  return target;
}

describe('one model out of several files', () => {
  let base: ModelFolder;
  beforeAll(async () => {
    base = await openModel(withAdapter, { configs });
  });

  it('a folder and an adapter: GLIGEN’s layers come from the second file, the rest from the first', async () => {
    expect(base.gligen).toBe(true);
    expect(base.unet.config.attentionType).toBe('gated');
    expect(base.unet.tensors.get('conv_in.weight')?.file).toBe(
      join(plain, 'unet', 'diffusion_pytorch_model.safetensors'),
    );
    expect(base.unet.tensors.get('position_net.linears.0.weight')?.file).toBe(adapter);
    expect(
      base.unet.tensors.get('up_blocks.3.attentions.2.transformer_blocks.0.fuser.alpha_attn')?.shape,
    ).toEqual([]);
  });

  it.each([
    ['a checkpoint of Stable Diffusion and the adapter', checkpoint],
    ['a file of GLIGEN’s own in torch’s zip', own],
  ])('%s: the same tensors', async (_, source) => {
    const model = await openModel(source, { configs });
    await expectSame(model.unet.tensors, base.unet.tensors);
    await expectSame(model.textEncoder.tensors, base.textEncoder.tensors);
    await expectSame(model.vae.tensors, base.vae.tensors);
    expect(model.scheduler).toEqual(base.scheduler);
  });

  it('makes the image that diffusers’ GLIGEN pipeline makes', async () => {
    const request = requestSchema.parse({
      version: 1,
      model: 'adapted',
      width: 64,
      height: 64,
      caption: 'a red dog and a cat',
      negative: 'blurry',
      boxes: [
        { id: 'a', phrase: 'red dog', box: [0.05, 0.1, 0.6, 0.9] },
        { id: 'b', phrase: 'cat', box: [0.45, 0.2, 0.95, 0.8] },
      ],
      seed: 7,
      steps: 2,
      guidanceScale: 3,
      isac: { method: 'none' },
    });
    const pipeline = await Pipeline.open(withAdapter, 'cpu');
    const { image } = await pipeline.generate(request, silent);
    await pipeline.release();
    const expected = await readFloats(await SafetensorsFile.open(join(root, 'image.safetensors')), 'image');
    const shown = Float32Array.from(
      expected,
      (_, i) => (image[3 * (i % 4096) + Math.floor(i / 4096)] ?? 0) / 255,
    );
    expect(new Set(image).size).toBeGreaterThan(20);
    expect(maxDifference(shown, expected)).toBeLessThan(2 / 255);
  });
});

describe('torch’s .bin files', () => {
  it('run in place, from inside the zip: the same image as from safetensors', async () => {
    const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));
    const safe = join(fixtures, 'pipeline', 'epsilon');
    const pickled = join(folder, 'pickled');
    cpSync(safe, pickled, { recursive: true });
    for (const [part, name] of [
      ['unet', 'diffusion_pytorch_model'],
      ['vae', 'diffusion_pytorch_model'],
      ['text_encoder', 'model'],
    ] as const) {
      rmSync(join(pickled, part, `${name}.safetensors`));
      cpSync(join(fixtures, 'weights', 'bins', part), join(pickled, part), { recursive: true });
    }
    const { strength, ...layout } = JSON.parse(readFileSync(join(safe, 'case.json'), 'utf8')) as {
      strength: number;
    };
    const request = requestSchema.parse({
      version: 1,
      model: 'epsilon',
      ...layout,
      steps: 2,
      isac: { ...settingsBefore, method: 'lo', strength },
    });
    const images: Uint8Array[] = [];
    for (const place of [safe, pickled]) {
      const pipeline = await Pipeline.open(place, 'cpu');
      images.push((await pipeline.generate(request, silent)).image);
      expect(pipeline.model.unet.tensors.source).toMatch(place === safe ? /safetensors$/ : /\.bin$/);
      await pipeline.release();
    }
    expect(images[1]).toEqual(images[0]);
    expect(new Set(images[0]).size).toBeGreaterThan(20);
  });
});

describe('what does not fit says why', () => {
  it('a folder without GLIGEN and without an adapter', async () => {
    await expect(openModel(plain)).rejects.toThrow(/holds no GLIGEN layers.*add a GLIGEN adapter/);
  });

  it('an adapter that lacks a tensor, or has one of another shape', async () => {
    const name = 'middle_block.1.transformer_blocks.0.fuser.attn.to_k.weight';
    const lacking = await copyOf(adapter, (tensors) => Reflect.deleteProperty(tensors, name));
    await expect(openModel({ ...withAdapter, adapter: lacking })).rejects.toThrow(
      /changed\.safetensors: the tensor "mid_block\.attentions\.0\.transformer_blocks\.0\.fuser\.attn\.to_k\.weight" \[16, 16\] is missing\.$/,
    );
    const other = await copyOf(
      adapter,
      (tensors) => (tensors[name] = { dtype: 'F32', shape: [1], bytes: vector(1).bytes }),
    );
    await expect(openModel({ ...withAdapter, adapter: other })).rejects.toThrow(
      /\[1\] instead of \[16, 16\]/,
    );
  });

  it('the prefix of a checkpoint before an adapter’s names, and names of diffusers, are both known', async () => {
    const prefixed = await copyOf(adapter, (tensors) => {
      for (const name of Object.keys(tensors)) {
        const tensor = tensors[name];
        if (tensor !== undefined) tensors[`model.diffusion_model.${name}`] = tensor;
        Reflect.deleteProperty(tensors, name);
      }
    });
    expect([...(await openGligenAdapter(prefixed)).names].sort()).toEqual(
      [...(await openGligenAdapter(adapter)).names].sort(),
    );
  });

  it("GLIGEN's own checkpoint is an adapter, too", async () => {
    expect([...(await openGligenAdapter(join(root, 'gligen_own.bin'))).names].sort()).toEqual(
      [...(await openGligenAdapter(adapter)).names].sort(),
    );
  });

  it('a checkpoint says whether it predicts the velocity, by markers or a YAML file beside it', async () => {
    const predictionOf = async (file: string): Promise<unknown> => {
      const { predictionType, rescaleBetasZeroSnr } = (
        await openModel({ ...checkpoint, checkpoint: file }, { configs })
      ).scheduler;
      return [predictionType, rescaleBetasZeroSnr];
    };
    const empty = (): TestTensor => ({ dtype: 'F32', shape: [0], bytes: new Uint8Array(0) });
    const marked = await copyOf(checkpoint.checkpoint, (tensors) => (tensors['v_pred'] = empty()));
    expect(await predictionOf(marked)).toEqual(['v_prediction', undefined]);
    const both = await copyOf(checkpoint.checkpoint, (tensors) =>
      Object.assign(tensors, { v_pred: empty(), ztsnr: empty() }),
    );
    expect(await predictionOf(both)).toEqual(['v_prediction', true]);
    const plainCopy = await copyOf(checkpoint.checkpoint, () => undefined);
    expect(await predictionOf(plainCopy)).toEqual([configs.scheduler.predictionType, undefined]);
    writeFileSync(
      plainCopy.replace('.safetensors', '.yaml'),
      'model:\n  params:\n    parameterization: "v"\n',
    );
    expect(await predictionOf(plainCopy)).toEqual(['v_prediction', undefined]);
  });

  it.each([
    ['to_q, to_k, to_v, to_out.0', ['to_q', 'to_k', 'to_v', 'to_out.0', 'group_norm']],
    ['query, key, value, proj_attn', ['query', 'key', 'value', 'proj_attn', 'group_norm']],
  ])("a checkpoint's VAE attention may be named %s, as matrices or as convolutions", async (_, spelling) => {
    const expected = (await openModel(checkpoint, { configs })).vae.tensors;
    for (const asMatrix of [true, false]) {
      const copy = await copyOf(checkpoint.checkpoint, (tensors) => {
        for (const name of Object.keys(tensors)) {
          const found = /^(first_stage_model\..*\.attn_1)\.(q|k|v|proj_out|norm)\.(weight|bias)$/.exec(name);
          const tensor = tensors[name];
          if (!found || !tensor) continue;
          const [, block = '', layer = '', kind = ''] = found;
          const other = spelling[['q', 'k', 'v', 'proj_out', 'norm'].indexOf(layer)] ?? layer;
          Reflect.deleteProperty(tensors, name);
          const shape = asMatrix && tensor.shape.length === 4 ? tensor.shape.slice(0, 2) : tensor.shape;
          tensors[`${block}.${other}.${kind}`] = { ...tensor, shape };
        }
      });
      const { vae } = await openModel({ ...checkpoint, checkpoint: copy }, { configs });
      expect([...vae.tensors.names].sort()).toEqual([...expected.names].sort());
    }
  });

  it('an adapter that is something else, and a GLIGEN model with an adapter', async () => {
    await expect(
      openModel({ ...withAdapter, adapter: join(plain, 'vae', 'diffusion_pytorch_model.safetensors') }),
    ).rejects.toThrow(/is not a GLIGEN adapter/);
    await expect(openModel({ ...own, adapter }, { configs })).rejects.toThrow(/has GLIGEN layers of its own/);
  });

  it('a checkpoint without GLIGEN, one of another family, one that is none', async () => {
    await expect(openModel({ ...checkpoint, adapter: null }, { configs })).rejects.toThrow(
      /add a GLIGEN adapter/,
    );
    await expect(openModel(checkpoint)).rejects.toThrow(
      /tensors have another shape than the model's config asks for/,
    );
    const other = join(folder, 'other.safetensors');
    for (const [name, message] of [
      ['conditioner.embedders.0.x', /is Stable Diffusion XL/],
      ['cond_stage_model.model.ln_final.weight', /is Stable Diffusion 2/],
      ['lora_unet_down.alpha', /is a LoRA/],
      ['weights', /holds no tensors of a UNet.*only such as "weights"/],
    ] as const) {
      writeSafetensors(other, { [name]: vector(1) });
      await expect(openModel({ ...checkpoint, checkpoint: other })).rejects.toThrow(message);
    }
  });

  it('a checkpoint whose tokenizer folder is empty', async () => {
    await expect(openModel({ ...checkpoint, tokenizer: folder }, { configs })).rejects.toThrow(
      /vocab\.json: is missing/,
    );
  });
});

describe('files of a folder', () => {
  it('a complete .bin comes before an fp16 file whose fusers were dropped', async () => {
    const model = join(folder, 'trap');
    cpSync(plain, model, { recursive: true });
    const unet = join(model, 'unet');
    const broken = join(unet, 'diffusion_pytorch_model.fp16.safetensors');
    cpSync(join(unet, 'diffusion_pytorch_model.safetensors'), broken);
    rmSync(join(unet, 'diffusion_pytorch_model.safetensors'));
    // Nothing but the broken file: the sentence names it.
    await expect(openModel(model)).rejects.toThrow(`${broken}: holds no GLIGEN layers`);
    // With a file that has fusers beside it, that one is read, although it comes later in the order.
    const complete = join(unet, 'diffusion_pytorch_model.fp16.bin');
    cpSync(join(root, 'gligen_own.bin'), complete);
    const { unet: chosen } = await openModel({ kind: 'folder', folder: model }, { allowPlain: true });
    expect(chosen.tensors.source).toBe(complete);
    writeFileSync(complete, '');
    await expect(openModel(model)).rejects.toThrow(/fp16\.bin: holds no weights: it is neither/);
  });
});
