import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Networks } from '../../../main/engine/diffusion/networks.ts';
import { inTiles, needsTiles } from '../../../main/engine/diffusion/tiledVae.ts';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { buildVaeDecoder } from '../../../main/engine/models/vae/decoder.ts';
import { buildVaeEncoder } from '../../../main/engine/models/vae/encoder.ts';
import { vaeConfigSchema } from '../../../main/engine/weights/configs/vaeConfig.ts';
import { openModel } from '../../../main/engine/weights/openModel.ts';
import { SafetensorsFile } from '../../../main/engine/weights/safetensorsFile.ts';
import { readFloats } from '../../../main/engine/weights/tensorValues.ts';
import { evaluate } from '../graph/evaluate.ts';
import { maxDifference, openFixture } from '../models/fixture.ts';

const folder = realpathSync(fileURLToPath(new URL('../../fixtures/models/vae-tiles', import.meta.url)));

describe.each([
  { name: 'vae-four-levels', tile: 4, sizes: ['7x6', '4x9', '4x4'] },
  { name: 'vae-no-attention', tile: 8, sizes: ['9x14', '13x8'] },
])('$name in tiles of $tile against diffusers', ({ name, tile, sizes }) => {
  it.each(sizes)('latents of %s', async (text) => {
    const { config: raw, weights } = await openFixture(name);
    const config = vaeConfigSchema.parse(raw);
    const file = await SafetensorsFile.open(`${folder}/${name}.safetensors`);
    const [height = 0, width = 0] = text.split('x').map(Number);
    let decodes = 0;
    const decode = async (
      latents: Float32Array,
      size: { width: number; height: number },
    ): Promise<Float32Array> => {
      decodes += 1;
      const graph = new Graph();
      const input = graph.input('latents', 'float32', [1, config.latentChannels, size.height, size.width]);
      const { image } = await evaluate(
        { image: buildVaeDecoder(graph, config, weights, input) },
        { latents },
      );
      if (!(image instanceof Float32Array)) throw new Error('no image');
      return image;
    };
    const latents = await readFloats(file, `latents ${text}`);
    const sides = {
      from: { channels: config.latentChannels, scale: 1 },
      to: { channels: config.outChannels, scale: config.scale },
    };
    const image = needsTiles({ width, height }, tile)
      ? await inTiles(latents, { width, height }, tile, sides, decode)
      : await decode(latents, { width, height });
    const expected = await readFloats(file, `decoded ${text}`);
    expect(maxDifference(image, expected)).toBeLessThan(1e-4);
    expect(decodes > 1).toBe(width > tile || height > tile);
    if (decodes > 1) {
      // What the test could not tell from it would prove nothing.
      expect(maxDifference(await decode(latents, { width, height }), expected)).toBeGreaterThan(1e-2);
    }
  });
});

describe.each([
  { name: 'vae-four-levels', tile: 4, sizes: ['7x6', '4x9', '4x4'] },
  { name: 'vae-no-attention', tile: 8, sizes: ['9x14', '13x8'] },
])('$name encodes in tiles of $tile against diffusers', ({ name, tile, sizes }) => {
  it.each(sizes)('an image of %s latents', async (text) => {
    const { config: raw, weights } = await openFixture(name);
    const config = vaeConfigSchema.parse(raw);
    const file = await SafetensorsFile.open(`${folder}/${name}-encoded.safetensors`);
    const [height = 0, width = 0] = text.split('x').map(Number);
    const encode = async (
      image: Float32Array,
      size: { width: number; height: number },
    ): Promise<Float32Array> => {
      const graph = new Graph();
      const shape = [1, config.inChannels, size.height * config.scale, size.width * config.scale];
      const input = graph.input('image', 'float32', shape);
      const { moments } = await evaluate(
        { moments: buildVaeEncoder(graph, config, weights, input).moments },
        { image },
      );
      if (!(moments instanceof Float32Array)) throw new Error('no moments');
      return moments;
    };
    const image = await readFloats(file, `image ${text}`);
    const sides = {
      from: { channels: config.inChannels, scale: config.scale },
      to: { channels: 2 * config.latentChannels, scale: 1 },
    };
    const size = { width, height };
    const cut = needsTiles(size, tile);
    const moments = cut ? await inTiles(image, size, tile, sides, encode) : await encode(image, size);
    const half = moments.length / 2;
    const mean = await readFloats(file, `mean ${text}`);
    expect(maxDifference(moments.slice(0, half), mean)).toBeLessThan(1e-4);
    expect(maxDifference(moments.slice(half), await readFloats(file, `logvar ${text}`))).toBeLessThan(1e-4);
    if (cut) expect(maxDifference((await encode(image, size)).slice(0, half), mean)).toBeGreaterThan(1e-2);
  });
});

it.each(['8x7', '5x4'])("a model's networks encode %s latents in tiles, as diffusers does", async (text) => {
  const model = await openModel(fileURLToPath(new URL('../../fixtures/pipeline/epsilon', import.meta.url)));
  const networks = new Networks(model, 'cpu', 0);
  const file = await SafetensorsFile.open(`${folder}/pipeline-encoded.safetensors`);
  const [height = 0, width = 0] = text.split('x').map(Number);
  const image = await readFloats(file, `image ${text}`);
  const { mean, logvar } = await networks.encode(image, { width, height }, 4);
  expect(networks.runs['vae_encoder']).toBe(text === '8x7' ? 9 : 4);
  expect(maxDifference(mean, await readFloats(file, `mean ${text}`))).toBeLessThan(1e-4);
  expect(maxDifference(logvar, await readFloats(file, `logvar ${text}`))).toBeLessThan(1e-4);
  const whole = await networks.encode(image, { width, height });
  expect(maxDifference(whole.mean, mean)).toBeGreaterThan(1e-2);
  await networks.release();
});

it('wants tiles whose overlap is a whole number of latents', async () => {
  const sides = { from: { channels: 1, scale: 1 }, to: { channels: 1, scale: 2 } };
  const none = (): Promise<Float32Array> => Promise.resolve(new Float32Array());
  await expect(inTiles(new Float32Array(36), { width: 6, height: 6 }, 5, sides, none)).rejects.toThrow(
    /no multiple of 4/,
  );
});
