import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  expectedTextTensors,
  expectedUnetTensors,
  expectedVaeTensors,
  parameterCount,
} from '../../../main/engine/models/recordedTensors.ts';
import { sd1Configs } from '../../../main/engine/weights/configs/sd1Configs.ts';
import { textEncoderConfigSchema } from '../../../main/engine/weights/configs/textEncoderConfig.ts';
import { unetConfigSchema } from '../../../main/engine/weights/configs/unetConfig.ts';
import { vaeConfigSchema } from '../../../main/engine/weights/configs/vaeConfig.ts';
import { isGligenTensor } from '../../../main/engine/weights/gligenTensors.ts';
import type { TensorDirectory } from '../../../main/engine/weights/tensorDirectory.ts';
import type { ExpectedTensors } from '../../../main/engine/weights/tensorGaps.ts';
import { openFixture } from './fixture.ts';

type Named = [diffusers: string, compvis: string, shape: number[]];

/** All tensors of GLIGEN on SD1.4, from diffusers and transformers (tests/fixtures/weights/make_weights.py). */
const names = JSON.parse(
  gunzipSync(readFileSync(new URL('../../fixtures/weights/names.json.gz', import.meta.url))).toString(),
) as Record<'unet' | 'vae' | 'text_encoder', Named[]>;

const configs = sd1Configs();
const gated = { ...configs.unet, attentionType: 'gated' as const };

const shapesOf = (part: Named[]): Map<string, number[]> =>
  new Map(part.map(([name, , shape]) => [name, shape]));
const shapesIn = (directory: TensorDirectory): Map<string, readonly number[]> =>
  new Map(directory.names.map((name) => [name, directory.get(name)?.shape ?? []]));
const sorted = (expected: ExpectedTensors): [string, readonly number[]][] =>
  [...expected].sort(([a], [b]) => (a < b ? -1 : 1));

describe('the tensors that a network asks for', () => {
  it('are those of diffusers and transformers, shape for shape, for SD1.4', () => {
    expect(sorted(expectedUnetTensors(gated))).toEqual(sorted(shapesOf(names.unet)));
    expect(sorted(expectedVaeTensors(configs.vae))).toEqual(sorted(shapesOf(names.vae)));
    expect(sorted(expectedTextTensors(configs.textEncoder))).toEqual(sorted(shapesOf(names.text_encoder)));
  });

  it('count 1,068,623,204 parameters in the UNet, of which GLIGEN added 209,102,240', () => {
    const all = expectedUnetTensors(gated);
    expect(parameterCount(all)).toBe(1_068_623_204);
    expect(parameterCount(new Map([...all].filter(([name]) => isGligenTensor(name))))).toBe(209_102_240);
    expect(parameterCount(expectedUnetTensors(configs.unet))).toBe(859_520_964);
    expect(parameterCount(expectedTextTensors(configs.textEncoder))).toBe(123_060_480);
    expect(parameterCount(expectedVaeTensors(configs.vae))).toBe(83_653_863);
  });

  // Models of other shapes that diffusers and transformers wrote (tests/fixtures/models/make_fixtures.py), the position net
  // apart from the rest.
  it.each(['unet-conv-projection', 'unet-linear-projection-odd-size', 'unet-plain-batch-2'])(
    '%s',
    async (name) => {
      const { config, weights } = await openFixture(name);
      const expected = [...expectedUnetTensors(unetConfigSchema.parse(config))];
      const own = expected.filter(([tensor]) => !tensor.startsWith('position_net.'));
      expect(sorted(new Map(own))).toEqual(sorted(shapesIn(weights)));
    },
  );

  it.each(['vae-four-levels', 'vae-no-attention', 'vae-two-levels'])('%s', async (name) => {
    const { config, weights } = await openFixture(name);
    expect(sorted(expectedVaeTensors(vaeConfigSchema.parse(config)))).toEqual(sorted(shapesIn(weights)));
  });

  it.each(['clip-gelu', 'clip-one-head', 'clip-quick-gelu'])('%s', async (name) => {
    const { config, weights } = await openFixture(name);
    const expected = expectedTextTensors(textEncoderConfigSchema.parse(config));
    expect(sorted(expected)).toEqual(sorted(shapesIn(weights)));
  });
});
