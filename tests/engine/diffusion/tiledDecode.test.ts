import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { needsTiles, tiledDecode } from '../../../main/engine/diffusion/tiledDecode.ts';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { buildVaeDecoder } from '../../../main/engine/models/vae/decoder.ts';
import { vaeConfigSchema } from '../../../main/engine/weights/configs/vaeConfig.ts';
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
    const shape = {
      latentChannels: config.latentChannels,
      outChannels: config.outChannels,
      scale: config.scale,
    };
    const image = needsTiles({ width, height }, tile)
      ? await tiledDecode(latents, { width, height }, tile, shape, decode)
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

it('wants tiles whose overlap is a whole number of latents', async () => {
  const shape = { latentChannels: 1, outChannels: 1, scale: 2 };
  const none = (): Promise<Float32Array> => Promise.resolve(new Float32Array());
  await expect(tiledDecode(new Float32Array(36), { width: 6, height: 6 }, 5, shape, none)).rejects.toThrow(
    /no multiple of 4/,
  );
});
