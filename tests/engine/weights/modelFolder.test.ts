import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unetConfigSchema } from '../../../main/engine/weights/configs/unetConfig.ts';
import { transformerBlockPrefixes } from '../../../main/engine/weights/gligenTensors.ts';
import { openModelFolder, weightFiles, weightsHash } from '../../../main/engine/weights/modelFolder.ts';
import type { TestTensor } from './writeSafetensors.ts';
import { vector, writeSafetensors } from './writeSafetensors.ts';

/** unet/config.json of masterful/gligen-1-4-generation-text-box, the keys that file has and no others. */
const masterful = {
  _class_name: 'UNet2DConditionModel',
  _diffusers_version: '0.2.2',
  act_fn: 'silu',
  attention_head_dim: 8,
  block_out_channels: [320, 640, 1280, 1280],
  center_input_sample: false,
  cross_attention_dim: 768,
  down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
  downsample_padding: 1,
  attention_type: 'gated',
  flip_sin_to_cos: true,
  freq_shift: 0,
  in_channels: 4,
  layers_per_block: 2,
  mid_block_scale_factor: 1,
  norm_eps: 1e-5,
  norm_num_groups: 32,
  out_channels: 4,
  sample_size: 64,
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
};

const fusers = (): Record<string, TestTensor> =>
  Object.fromEntries(
    transformerBlockPrefixes(unetConfigSchema.parse(masterful)).map((prefix) => [
      `${prefix}.fuser.linear.weight`,
      vector(1),
    ]),
  );
const gligen = (): Record<string, TestTensor> => ({
  'conv_in.weight': vector(1),
  'position_net.null_positive_feature': vector(1),
  ...fusers(),
});

let root: string;

function json(path: string, value: unknown): void {
  writeFileSync(join(root, path), JSON.stringify(value));
}

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'model-')));
  for (const part of ['unet', 'text_encoder', 'vae', 'scheduler', 'tokenizer']) mkdirSync(join(root, part));
  json('unet/config.json', masterful);
  json('text_encoder/config.json', {
    hidden_size: 768,
    intermediate_size: 3072,
    num_attention_heads: 12,
    eos_token_id: 2,
  });
  json('vae/config.json', {
    block_out_channels: [128, 256, 512, 512],
    down_block_types: Array(4).fill('DownEncoderBlock2D'),
    up_block_types: Array(4).fill('UpDecoderBlock2D'),
    layers_per_block: 2,
  });
  json('scheduler/scheduler_config.json', {
    _class_name: 'PNDMScheduler',
    skip_prk_steps: true,
    trained_betas: null,
  });
  json('tokenizer/vocab.json', { a: 0 });
  writeFileSync(join(root, 'tokenizer', 'merges.txt'), '#version: 0.2\n');
  writeSafetensors(join(root, 'unet', 'diffusion_pytorch_model.safetensors'), gligen());
  writeSafetensors(join(root, 'text_encoder', 'model.safetensors'), { 'text_model.a': vector(1) });
  writeSafetensors(join(root, 'vae', 'diffusion_pytorch_model.safetensors'), {
    'encoder.conv_in.weight': vector(1),
  });
});
afterEach(() => rmSync(root, { recursive: true }));

describe('a model folder', () => {
  it('is read with the defaults of the diffusers and transformers classes', async () => {
    const model = await openModelFolder(root);
    expect(model.gligen).toBe(true);
    expect(model.unet.config).toEqual({
      sampleSize: [64, 64],
      inChannels: 4,
      outChannels: 4,
      flipSinToCos: true,
      freqShift: 0,
      downBlockTypes: masterful.down_block_types,
      upBlockTypes: masterful.up_block_types,
      blockOutChannels: [320, 640, 1280, 1280],
      layersPerBlock: [2, 2, 2, 2],
      normNumGroups: 32,
      normEps: 1e-5,
      crossAttentionDim: 768,
      transformerLayersPerBlock: [1, 1, 1, 1],
      attentionHeads: [8, 8, 8, 8],
      useLinearProjection: false,
      attentionType: 'gated',
      upcastAttention: false,
    });
    expect(model.textEncoder.config).toMatchObject({
      vocabSize: 49408,
      numHiddenLayers: 12,
      hiddenAct: 'quick_gelu',
      layerNormEps: 1e-5,
      eosTokenId: 2,
    });
    expect(model.vae.config).toMatchObject({
      scalingFactor: 0.18215,
      scale: 8,
      latentChannels: 4,
      useQuantConv: true,
    });
    expect(model.scheduler).toMatchObject({
      className: 'PNDMScheduler',
      skipPrkSteps: true,
      trainedBetas: null,
    });
    expect(model.scheduler.clipSample).toBeUndefined();
    expect(model.tokenizer).toMatchObject({ vocabulary: '{"a":0}', tokenizerConfig: null });
  });

  it('reads the -Infinity that Python writes into scheduler configs, but not into texts', async () => {
    writeFileSync(
      join(root, 'scheduler', 'scheduler_config.json'),
      '{"_class_name": "-Infinity\\"NaN", "lambda_min_clipped": -Infinity, "beta_end": 0.012}',
    );
    const { scheduler } = await openModelFolder(root);
    expect(scheduler).toMatchObject({ className: '-Infinity"NaN', lambdaMinClipped: null, betaEnd: 0.012 });
  });

  it('has GLIGEN layers where diffusers puts them', () => {
    expect(transformerBlockPrefixes(unetConfigSchema.parse(masterful))).toEqual(
      ['down_blocks.0', 'down_blocks.1', 'down_blocks.2']
        .flatMap((block) => [0, 1].map((layer) => `${block}.attentions.${layer}.transformer_blocks.0`))
        .concat('mid_block.attentions.0.transformer_blocks.0')
        .concat(
          ['up_blocks.1', 'up_blocks.2', 'up_blocks.3'].flatMap((block) =>
            [0, 1, 2].map((layer) => `${block}.attentions.${layer}.transformer_blocks.0`),
          ),
        ),
    );
  });

  it('counts as GLIGEN by its tensors, whether the config uses the old key or none', async () => {
    const rest = Object.fromEntries(Object.entries(masterful).filter(([key]) => key !== 'attention_type'));
    json('unet/config.json', { ...rest, use_gated_attention: true });
    expect((await openModelFolder(root)).unet.config.attentionType).toBe('gated');
    json('unet/config.json', rest);
    expect((await openModelFolder(root)).unet.config.attentionType).toBe('gated');
  });

  it('reads old attention names and 1x1 convolutions as what they are', async () => {
    const four: TestTensor = { ...vector(1, 2, 3, 4), shape: [2, 2, 1, 1] };
    writeSafetensors(join(root, 'vae', 'diffusion_pytorch_model.safetensors'), {
      'encoder.mid_block.attentions.0.query.weight': { ...four, shape: [2, 2] },
      'encoder.mid_block.attentions.0.proj_attn.bias': vector(1, 2),
      'decoder.mid_block.attentions.0.value.weight': four,
      'decoder.mid_block.attentions.0.to_k.weight': four,
      'decoder.conv.weight': four,
    });
    const { tensors } = (await openModelFolder(root)).vae;
    const shapes = Object.fromEntries(tensors.names.map((name) => [name, tensors.get(name)?.shape]));
    expect(shapes).toEqual({
      'encoder.mid_block.attentions.0.to_q.weight': [2, 2],
      'encoder.mid_block.attentions.0.to_out.0.bias': [2],
      'decoder.mid_block.attentions.0.to_v.weight': [2, 2],
      'decoder.mid_block.attentions.0.to_k.weight': [2, 2],
      'decoder.conv.weight': [2, 2, 1, 1],
    });
  });

  it('takes the fp16 variant when there is no other, or when it is asked for', async () => {
    const unet = join(root, 'unet');
    writeSafetensors(join(unet, 'diffusion_pytorch_model.fp16.safetensors'), gligen());
    const fileOf = async (options?: { variant: string }): Promise<string | undefined> =>
      (await openModelFolder(root, options)).unet.tensors.get('conv_in.weight')?.file;
    expect(await fileOf()).toBe(join(unet, 'diffusion_pytorch_model.safetensors'));
    rmSync(join(unet, 'diffusion_pytorch_model.safetensors'));
    expect(await fileOf()).toBe(join(unet, 'diffusion_pytorch_model.fp16.safetensors'));
    await expect(fileOf({ variant: 'fp16' })).rejects.toThrow(
      /text_encoder: has no model\.fp16\.safetensors/,
    );
  });

  it('reads shards where the index says, and resolves links', async () => {
    const unet = join(root, 'unet');
    rmSync(join(unet, 'diffusion_pytorch_model.safetensors'));
    const { 'conv_in.weight': convIn, ...rest } = gligen();
    writeSafetensors(join(root, 'blob'), rest);
    symlinkSync('../blob', join(unet, 'diffusion_pytorch_model-00002-of-00002.safetensors'));
    writeSafetensors(join(unet, 'diffusion_pytorch_model-00001-of-00002.safetensors'), {
      'conv_in.weight': convIn ?? vector(1),
      unused: vector(9),
    });
    const index = 'unet/diffusion_pytorch_model.safetensors.index.json';
    const map = Object.fromEntries([
      ['conv_in.weight', 'diffusion_pytorch_model-00001-of-00002.safetensors'],
      ...Object.keys(rest).map((name) => [name, 'diffusion_pytorch_model-00002-of-00002.safetensors']),
    ]);
    json(index, { metadata: { total_size: 1 }, weight_map: map });
    const model = await openModelFolder(root);
    expect(model.unet.tensors.get('position_net.null_positive_feature')?.file).toBe(join(root, 'blob'));
    expect(model.unet.tensors.get('unused')).toBeUndefined();
    expect(weightFiles(model)).toHaveLength(4);

    json(index, { weight_map: { ...map, ghost: 'diffusion_pytorch_model-00001-of-00002.safetensors' } });
    await expect(openModelFolder(root)).rejects.toThrow(
      /index\.json: says that tensor "ghost" is in .*00001/,
    );
    json(index, { weight_map: { a: '../../etc/passwd.safetensors' } });
    await expect(openModelFolder(root)).rejects.toThrow(/a shard must be a plain file name/);
  });

  it('has a hash that names its weights and not its place', async () => {
    const before = await weightsHash(await openModelFolder(root));
    const moved = `${root}-moved`;
    renameSync(root, moved);
    root = moved;
    const model = await openModelFolder(root);
    expect(await weightsHash(model)).toBe(before);
    writeSafetensors(join(root, 'text_encoder', 'model.safetensors'), { 'text_model.a': vector(2) });
    expect(await weightsHash(model)).not.toBe(before);
  });
});

describe('a folder that cannot be used says why', () => {
  const opening = async (): Promise<unknown> => openModelFolder(root);

  it('no folder, a file, a folder of something else', async () => {
    await expect(openModelFolder(join(root, 'nowhere'))).rejects.toThrow(/there is no such model folder/);
    await expect(openModelFolder(join(root, 'unet', 'config.json'))).rejects.toThrow(/is not a folder/);
    await expect(openModelFolder(join(root, 'vae'))).rejects.toThrow(/has no "unet" folder/);
  });

  it('a UNet without its fusers', async () => {
    writeSafetensors(join(root, 'unet', 'diffusion_pytorch_model.safetensors'), {
      'conv_in.weight': vector(1),
    });
    await expect(opening()).rejects.toThrow(/holds no GLIGEN layers .* take a GLIGEN model/);
    const plain = await openModelFolder(root, { allowPlain: true });
    expect(plain.gligen).toBe(false);
    expect(plain.unet.config.attentionType).toBe('default');
  });

  it('a UNet with some of its fusers, without its position net, or for pictures', async () => {
    const file = join(root, 'unet', 'diffusion_pytorch_model.safetensors');
    const partial = gligen();
    delete partial['mid_block.attentions.0.transformer_blocks.0.fuser.linear.weight'];
    writeSafetensors(file, partial);
    await expect(opening()).rejects.toThrow(/1 of 16 transformer blocks have no GLIGEN layer \("mid_block/);
    writeSafetensors(file, fusers());
    await expect(opening()).rejects.toThrow(/tensor "position_net.null_positive_feature" is missing/);
    writeSafetensors(file, { ...gligen(), 'position_net.null_text_feature': vector(1) });
    await expect(opening()).rejects.toThrow(/for texts and pictures/);
  });

  it('empty weights, no weights, no part', async () => {
    rmSync(join(root, 'unet', 'diffusion_pytorch_model.safetensors'));
    await expect(opening()).rejects.toThrow(
      /unet: has no diffusion_pytorch_model.safetensors; the model is incomplete/,
    );
    writeFileSync(join(root, 'unet', 'other.ckpt'), '');
    await expect(opening()).rejects.toThrow(
      /has no diffusion_pytorch_model.safetensors \(there is other.ckpt\)/,
    );
    writeFileSync(join(root, 'unet', 'diffusion_pytorch_model.bin'), '');
    await expect(opening()).rejects.toThrow(/diffusion_pytorch_model.bin: holds no weights: it is neither/);
    rmSync(join(root, 'vae'), { recursive: true });
    writeSafetensors(join(root, 'unet', 'diffusion_pytorch_model.safetensors'), gligen());
    await expect(opening()).rejects.toThrow(/vae\/config.json: is missing/);
  });

  it.each([
    [
      'unet/config.json',
      { ...masterful, class_embed_type: 'timestep' },
      /unet\/config.json: "class_embed_type" cannot be used: "timestep" is not supported, only null/,
    ],
    [
      'unet/config.json',
      { ...masterful, act_fn: 'gelu' },
      /"act_fn" cannot be used: "gelu" is not supported, only "silu"/,
    ],
    [
      'unet/config.json',
      { ...masterful, block_out_channels: [320, 640] },
      /"down_block_types" cannot be used: it has 4 entries, block_out_channels has 2/,
    ],
    [
      'unet/config.json',
      { ...masterful, attention_head_dim: 7 },
      /320 channels cannot be shared among 7 heads/,
    ],
    [
      'unet/config.json',
      { ...masterful, attention_head_dim: [8, 8] },
      /"attention_head_dim" cannot be used: it has 2 entries/,
    ],
    [
      'unet/config.json',
      { ...masterful, norm_num_groups: 33 },
      /320 is not a multiple of norm_num_groups, 33/,
    ],
    ['unet/config.json', { ...masterful, in_channels: 'four' }, /"in_channels" cannot be used/],
    [
      'unet/config.json',
      { ...masterful, cross_attention_dim: 1024 },
      /texts of width 1024, the text encoder makes 768/,
    ],
    [
      'text_encoder/config.json',
      { hidden_size: 768, num_attention_heads: 7 },
      /768 channels cannot be shared among 7 heads/,
    ],
    [
      'vae/config.json',
      { block_out_channels: [64, 64] },
      /"down_block_types" cannot be used: it has 1 entries/,
    ],
    [
      'vae/config.json',
      { shift_factor: 0.1 },
      /"shift_factor" cannot be used: 0.1 is not supported, only null/,
    ],
    [
      'scheduler/scheduler_config.json',
      { beta_schedule: 'sigmoid' },
      /scheduler_config.json: "beta_schedule" cannot be used/,
    ],
    ['scheduler/scheduler_config.json', [], /scheduler_config.json: it cannot be used/],
  ])('%s with %j', async (file, value, expected) => {
    json(file, value);
    await expect(opening()).rejects.toThrow(expected);
  });

  it('a config that is not JSON and one that is not text', async () => {
    writeFileSync(join(root, 'vae', 'config.json'), '{');
    await expect(opening()).rejects.toThrow(/vae\/config.json: is not valid JSON/);
    writeFileSync(join(root, 'vae', 'config.json'), Buffer.from([0xff]));
    await expect(opening()).rejects.toThrow(/vae\/config.json: is not UTF-8/);
  });
});
