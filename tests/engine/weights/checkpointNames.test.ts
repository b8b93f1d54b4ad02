import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unetNameInCompVis } from '../../../scripts/fullSize/compvisNames.ts';
import { unetLayerInCompVis, unetNameFromCompVis } from '../../../main/engine/weights/compvis/unetNames.ts';
import { vaeNameFromCompVis } from '../../../main/engine/weights/compvis/vaeNames.ts';
import { sd1Configs } from '../../../main/engine/weights/configs/sd1Configs.ts';

type Named = [diffusers: string, compvis: string, shape: number[]];

/** All tensors of GLIGEN on SD1.4; the names agree with diffusers' converters (tests/fixtures/weights/make_weights.py). */
const names = JSON.parse(
  gunzipSync(readFileSync(new URL('../../fixtures/weights/names.json.gz', import.meta.url))).toString(),
) as Record<'unet' | 'vae' | 'text_encoder', Named[]>;

const configs = sd1Configs();

describe('the generator of full-size checkpoints', () => {
  it('writes the names that diffusers converts without a missing or an unexpected key', () => {
    for (const [diffusers, compvis] of names.unet) expect(unetNameInCompVis(diffusers)).toBe(compvis);
    const upsamplers = names.unet.filter(([name]) => /upsamplers\.0\.conv\.weight/.test(name));
    expect(upsamplers.map(([name]) => unetNameInCompVis(name))).toEqual([
      'output_blocks.2.1.conv.weight',
      'output_blocks.5.2.conv.weight',
      'output_blocks.8.2.conv.weight',
    ]);
  });
});

describe('CompVis names', () => {
  it('of every tensor of the UNet, fusers and position net among them', () => {
    expect(names.unet).toHaveLength(686 + 16 * 17 + 8);
    for (const [diffusers, compvis] of names.unet) expect(unetNameFromCompVis(compvis)).toBe(diffusers);
  });

  it('and back, for every layer', () => {
    const layers = names.unet.filter(([diffusers]) => /^(?!position_net\.).*\.weight$/.test(diffusers));
    expect(layers.length).toBeGreaterThan(300);
    for (const [diffusers, compvis] of layers) {
      const layer = diffusers.replace(/\.weight$/, '');
      expect(unetLayerInCompVis(layer, configs.unet)).toBe(compvis.replace(/\.weight$/, ''));
    }
    for (const stranger of ['', 'conv', 'position_net.linears.0', 'mid_block.resnets.0.x']) {
      expect(unetLayerInCompVis(stranger, configs.unet)).toBeNull();
    }
  });

  it('of every tensor of the VAE', () => {
    expect(names.vae).toHaveLength(248);
    for (const [diffusers, compvis] of names.vae) expect(vaeNameFromCompVis(compvis, 4)).toBe(diffusers);
  });

  it.each([
    'label_emb.0.0.weight',
    // What other readers refuse: the upsampling is the last module of a level's last block.
    'output_blocks.0.1.conv.weight',
    'output_blocks.3.1.conv.weight',
    'output_blocks.5.1.conv.weight',
    'output_blocks.6.1.conv.bias',
    'output_blocks.2.2.conv.weight',
    'output_blocks.11.2.conv.weight',
    'output_blocks.1.1.proj_in.weight',
    'output_blocks.12.0.in_layers.0.weight',
    'input_blocks.10.1.proj_in.weight',
    'input_blocks.12.0.op.weight',
    'input_blocks.3.0.in_layers.0.weight',
    'middle_block.3.a.weight',
    'x',
    '',
  ])('no name of the UNet: %j', (name) => expect(unetNameFromCompVis(name)).toBeNull());

  it.each([
    'loss.logvar',
    'encoder.up.0.block.0.norm1.weight',
    'decoder.up.4.block.0.norm1.weight',
    'encoder.mid.attn_2.q.weight',
    '',
  ])('no name of the VAE: %j', (name) => expect(vaeNameFromCompVis(name, 4)).toBeNull());
});
