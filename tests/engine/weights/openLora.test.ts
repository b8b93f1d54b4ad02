import { mkdtempSync, realpathSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../main/engine/errors.ts';
import { openLora } from '../../../main/engine/weights/lora/openLora.ts';
import type { ModelFolder } from '../../../main/engine/weights/modelFolder.ts';
import { openModel } from '../../../main/engine/weights/openModel.ts';
import { floats, safetensorsBytes, writeSafetensors, type TestTensor } from './writeSafetensors.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'isac-lora-')));
const path = join(folder, 'lora.safetensors');
let model: ModelFolder;

beforeAll(async () => {
  model = await openModel(fileURLToPath(new URL('../../fixtures/pipeline/epsilon', import.meta.url)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tensor = (...shape: number[]): TestTensor => ({
  dtype: 'F32',
  shape,
  bytes: floats(...Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i))),
});

/** to_q of the middle: 32 channels. */
const LAYER = 'mid_block.attentions.0.transformer_blocks.0.attn1.to_q';
const KOHYA = `lora_unet_${LAYER.replaceAll('.', '_')}`;
const pair = { [`${KOHYA}.lora_down.weight`]: tensor(2, 32), [`${KOHYA}.lora_up.weight`]: tensor(32, 2) };

async function refusal(tensors: Readonly<Record<string, TestTensor>>): Promise<string> {
  writeSafetensors(path, tensors);
  const error: unknown = await openLora(path, model).then(
    () => 'opened',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  const message = (error as UserError).message;
  expect(message.startsWith(`${path}: `)).toBe(true);
  // One sentence.
  expect(message).not.toMatch(/\n|\. [A-Z]/);
  return message.slice(path.length + 2);
}

describe('openLora', () => {
  it('takes alpha over rank as the scale, 1 without alpha, whatever the number is stored as', async () => {
    const scale = async (extra: Record<string, TestTensor>): Promise<number | undefined> => {
      writeSafetensors(path, { ...pair, ...extra });
      return (await openLora(path, model)).unet.get(LAYER)?.scale;
    };
    const alpha = `${KOHYA}.alpha`;
    expect(await scale({})).toBe(1);
    expect(await scale({ [alpha]: { dtype: 'F32', shape: [], bytes: floats(1) } })).toBe(0.5);
    expect(await scale({ [alpha]: { dtype: 'F32', shape: [1], bytes: floats(8) } })).toBe(4);
    const eight = new Uint8Array(new BigInt64Array([8n]).buffer);
    expect(await scale({ [alpha]: { dtype: 'I64', shape: [], bytes: eight } })).toBe(4);
  });

  it('takes the scale from the settings that diffusers writes beside peft matrices', async () => {
    const names = ['A', 'B'].map((side) => `unet.${LAYER}.lora_${side}.weight`);
    const scale = async (settings: unknown): Promise<number | undefined> => {
      const data = Buffer.concat([tensor(2, 32).bytes, tensor(32, 2).bytes]);
      const header = {
        __metadata__: {
          lora_adapter_metadata: typeof settings === 'string' ? settings : JSON.stringify(settings),
        },
        [names[0] ?? '']: { dtype: 'F32', shape: [2, 32], data_offsets: [0, 256] },
        [names[1] ?? '']: { dtype: 'F32', shape: [32, 2], data_offsets: [256, 512] },
      };
      writeFileSync(path, safetensorsBytes(JSON.stringify(header), data));
      return (await openLora(path, model)).unet.get(LAYER)?.scale;
    };
    expect(await scale({ 'unet.lora_alpha': 8, 'unet.r': 2 })).toBe(4);
    expect(await scale({ 'unet.lora_alpha': 8, 'unet.use_rslora': true })).toBeCloseTo(8 / Math.SQRT2, 6);
    expect(await scale({ 'unet.lora_alpha': 8, 'unet.alpha_pattern': { 'attn1.to_q': 1 } })).toBe(0.5);
    expect(await scale({ 'text_encoder.lora_alpha': 8 })).toBe(1);
    expect(await scale('{ broken')).toBe(1);
    expect(await scale({ 'unet.lora_alpha': 'eight' })).toBe(1);
  });

  it.each<[string, Record<string, TestTensor>, RegExp]>([
    ['LoHa', { [`${KOHYA}.hada_w1_a`]: tensor(32, 2) }, /^tensor ".*hada_w1_a" is of the kind LoHa \(LyCORIS\), expected plain LoRA/],
    ['LoKr', { [`${KOHYA}.lokr_w1`]: tensor(4, 4) }, /^tensor ".*lokr_w1" is of the kind LoKr/],
    ['a third matrix of another shape', { ...pair, [`${KOHYA}.lora_mid.weight`]: tensor(2, 2, 3, 3) }, /lora_mid\.weight" has shape \[2, 2, 3, 3\], expected \[2, 2\] for the layer/],
    ['a third matrix alone', { [`${KOHYA}.lora_mid.weight`]: tensor(2, 2) }, /lora_mid\.weight" stands alone: expected a matrix down \(A\)/],
    ['LoHa with a core', { [`${KOHYA}.hada_t1`]: tensor(2, 2, 3, 3) }, /hada_t1" is of the kind LoHa/],
    ['DoRA', { ...pair, [`${KOHYA}.dora_scale`]: tensor(32, 1) }, /dora_scale" is of the kind DoRA/],
    ['SDXL, text encoder', { ...pair, 'lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight': tensor(2, 24) }, /^tensor "lora_te2_.*" belongs to SDXL's second text encoder, expected a LoRA for Stable Diffusion 1\.x/],
    ['SDXL, UNet', { 'lora_unet_input_blocks_4_1_transformer_blocks_1_attn1_to_q.lora_down.weight': tensor(2, 32) }, /is for the layer "input_blocks_4_1_transformer_blocks_1_attn1_to_q", which the model's UNet does not have/],
    ['SDXL, text encoder of ComfyUI', { 'text_encoders.clip_g.transformer.text_model.encoder.layers.0.mlp.fc1.lora_up.weight': tensor(24, 2) }, /^tensor "text_encoders\.clip_g.*" belongs to SDXL's second text encoder/],
    ['a diffusion transformer of ComfyUI', { 'diffusion_model.double_blocks.0.img_attn.proj.lora_up.weight': tensor(24, 2) }, /belongs to a diffusion transformer/],
    ['a block that there is not', { 'lora_unet_output_blocks_11_1_proj_in.lora_down.weight': tensor(2, 16) }, /is for the layer "output_blocks_11_1_proj_in", which the model's UNet does not have/],
    ['a layer twice, under two names', { ...pair, 'lora_unet_middle_block_1_transformer_blocks_0_attn1_to_q.lora_up.weight': tensor(32, 2) }, /are both for the layer "mid_block\.attentions\.0.*; the file is ambiguous/],
    ['Flux', { 'transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight': tensor(2, 32) }, /belongs to a diffusion transformer/],
    ['a checkpoint', { 'model.diffusion_model.input_blocks.0.0.weight': tensor(4) }, /^tensor "model\.diffusion_model.*" has no name of a LoRA, expected one such as/],
    ['a negative embedding', { emb_params: tensor(8, 24) }, /^is a textual inversion/],
    ['Stable Diffusion 2', { [`${KOHYA.replace('attn1_to_q', 'attn2_to_k')}.lora_down.weight`]: tensor(2, 64), [`${KOHYA.replace('attn1_to_q', 'attn2_to_k')}.lora_up.weight`]: tensor(32, 2) }, /^tensor ".*attn2_to_k\.lora_down\.weight" has shape \[2, 64\], expected \[rank, 24\] for the layer "mid_block\..*attn2\.to_k"; it was made for another model/],
    ['a wrong second matrix', { ...pair, [`${KOHYA}.lora_up.weight`]: tensor(32, 3) }, /lora_up\.weight" has shape \[32, 3\], expected \[32, 2\]/],
    ['rank 0', { ...pair, [`${KOHYA}.lora_down.weight`]: tensor(0, 32), [`${KOHYA}.lora_up.weight`]: tensor(32, 0) }, /has shape \[0, 32\], expected \[rank, 32\]/],
    ['one matrix', { [`${KOHYA}.lora_down.weight`]: tensor(2, 32) }, /lora_down\.weight" stands alone: expected a matrix up \(B\)/],
    ['alpha alone', { [`${KOHYA}.alpha`]: tensor() }, /alpha" stands alone: expected a matrix down \(A\)/],
    ['two names of one layer', { ...pair, [`unet.${LAYER}.lora_A.weight`]: tensor(2, 32) }, /are both for the layer .*; the file is ambiguous/],
    ['a list as alpha', { ...pair, [`${KOHYA}.alpha`]: tensor(3) }, /alpha" has shape \[3\], expected one number/],
    ['an infinite alpha', { ...pair, [`${KOHYA}.alpha`]: { dtype: 'F32', shape: [], bytes: floats(Infinity) } }, /alpha" is Infinity, expected a finite number/],
    ['8-bit matrices', { ...pair, [`${KOHYA}.lora_up.weight`]: { dtype: 'F8_E4M3', shape: [32, 2], bytes: new Uint8Array(64) } }, /is stored as float8_e4m3, expected float32, float16 or bfloat16/],
    ['NaN', { ...pair, [`${KOHYA}.lora_up.weight`]: { dtype: 'F32', shape: [32, 2], bytes: floats(...new Array<number>(64).fill(NaN)) } }, /lora_up\.weight" holds 64 NaN/],
    ['a bias', { ...pair, [`${KOHYA}.lora_up.bias`]: tensor(32) }, /lora_up\.bias" is a bias/],
    ['the position net', { 'unet.position_net.linears.0.lora_A.weight': tensor(2, 88) }, /is for the layer "position_net\.linears\.0"/],
    ['nothing', {}, /^holds no tensors; expected those of a LoRA/],
  ])('refuses %s in one sentence', async (_, tensors, sentence) => {
    expect(await refusal(tensors)).toMatch(sentence);
  }); // prettier-ignore

  it.each([
    ['lora_unet_middle_block_1_transformer_blocks_0_attn1_to_q', LAYER],
    ['diffusion_model.middle_block.1.transformer_blocks.0.attn1.to_q', LAYER],
    ['lycoris_mid_block_attentions_0_transformer_blocks_0_attn1_to_q', LAYER],
    ['unet.mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_q', LAYER],
  ])('knows the layer by the name %s', async (path_, layer) => {
    writeSafetensors(path, {
      [`${path_}.lora_down.weight`]: tensor(2, 32),
      [`${path_}.lora_up.weight`]: tensor(32, 2),
      [`${path_}.alpha`]: { dtype: 'F32', shape: [], bytes: floats(1) },
    });
    const { unet, textEncoder } = await openLora(path, model);
    expect([...unet].map(([name, { scale }]) => [name, scale])).toEqual([[layer, 0.5]]);
    expect(textEncoder.size).toBe(0);
  });

  it('refuses files that are missing, cut off or no safetensors', async () => {
    await expect(openLora(join(folder, 'absent.safetensors'), model)).rejects.toThrow(
      /there is no such file/,
    );
    await expect(openLora(folder, model)).rejects.toThrow(UserError);
    writeSafetensors(path, pair);
    truncateSync(path, 300);
    await expect(openLora(path, model)).rejects.toThrow(/truncated|claims a header/);
    writeFileSync(path, 'PK\u0003\u0004 a pickle in a zip');
    await expect(openLora(path, model)).rejects.toThrow(UserError);
  });

  it('reads 1x1 convolutions stored as matrices, and linear layers stored as 1x1 convolutions', async () => {
    const projection = 'unet.mid_block.attentions.0.proj_in';
    writeSafetensors(path, {
      [`${projection}.lora_A.weight`]: tensor(2, 32),
      [`${projection}.lora_B.weight`]: tensor(32, 2),
      [`unet.${LAYER}.lora_A.weight`]: tensor(2, 32, 1, 1),
      [`unet.${LAYER}.lora_B.weight`]: tensor(32, 2, 1, 1),
    });
    const { unet } = await openLora(path, model);
    expect([...unet.keys()]).toEqual(['mid_block.attentions.0.proj_in', LAYER]);
  });

  describe('files that people hold', () => {
    const fixture = (name: string): string =>
      fileURLToPath(new URL(`../../fixtures/lora/${name}`, import.meta.url));
    const shapes = async (file: string): Promise<unknown> => {
      const { unet, textEncoder } = await openLora(file, model);
      return [unet, textEncoder].map((layers) =>
        [...layers].map(([layer, { rank, scale }]) => `${layer} ${rank} ${scale}`).sort(),
      );
    };

    it('torch.save writes the same LoRA as safetensors (pytorch_lora_weights.bin)', async () => {
      expect(await shapes(fixture('diffusers.bin'))).toEqual(await shapes(fixture('diffusers.safetensors')));
    });

    it('text-encoder layers may lack "text_model.", as transformers 5.6 and later name them', async () => {
      expect(await shapes(fixture('peft_flat.safetensors'))).toEqual(
        await shapes(fixture('peft.safetensors')),
      );
    });

    it('bundled embeddings are left out and told', async () => {
      writeSafetensors(path, { ...pair, 'bundle_emb.my cat.string_to_param.*': tensor(1, 768) });
      const { unet, notes } = await openLora(path, model);
      expect([...unet.keys()]).toEqual([LAYER]);
      expect(notes).toEqual([expect.stringMatching(/the embeddings in it \(my cat\) are left out/)]);
    });

    it.each([
      ['A1111', { emb_params: tensor(2, 768) }],
      ['diffusers', { '<cat>': tensor(768) }],
      ['SDXL', { clip_l: tensor(1, 768), clip_g: tensor(1, 1280) }],
    ])('a textual inversion of %s is named as one', async (_, tensors) => {
      expect(await refusal(tensors)).toMatch(/^is a textual inversion/);
    });
  });
});
