import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Pipeline } from '../../../main/engine/diffusion/pipeline.ts';
import { decodePng } from '../../../main/host/png.ts';
import { layoutBoxSchema } from '../../../preload/contract/layout.ts';
import { requestSchema } from '../../../preload/contract/request.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const model = path('../../../assets/models/clipart-128');
const fixtures = path('../../fixtures/embedded');

const cases = z
  .array(
    z.object({
      name: z.string(),
      caption: z.string(),
      negative: z.string(),
      seed: z.int(),
      steps: z.int(),
      guidanceScale: z.number(),
      boxes: z.array(layoutBoxSchema),
    }),
  )
  .parse(JSON.parse(readFileSync(`${fixtures}/cases.json`, 'utf8')));

/** Peak signal-to-noise ratio of two 8-bit pictures, in dB. */
function psnr(one: Uint8Array, other: Uint8Array): number {
  expect(one.length).toBe(other.length);
  const squared = one.reduce((sum, value, i) => sum + (value - (other[i] ?? 0)) ** 2, 0) / one.length;
  return 10 * Math.log10(255 ** 2 / squared);
}

// tests/fixtures/embedded/make_embedded.py: diffusers' own StableDiffusionGLIGENPipeline on the shipped folder.
describe('the embedded model', () => {
  it('is the one that the fixtures were made with', () => {
    const { unet } = JSON.parse(readFileSync(`${fixtures}/model.json`, 'utf8')) as { unet: string };
    const file = readFileSync(`${model}/unet/diffusion_pytorch_model.safetensors`);
    expect(unet).toBe(createHash('sha256').update(file).digest('hex'));
  });

  it.each(cases)(
    '$name: the image of diffusers from the same seed, PSNR >= 40 dB',
    async ({ name, ...rest }) => {
      const request = requestSchema.parse({
        version: 1,
        model,
        width: 128,
        height: 128,
        ...rest,
        isac: { method: 'none' },
      });
      const pipeline = await Pipeline.open(model, 'cpu');
      const nothing = (): void => undefined;
      const { image } = await pipeline.generate(request, {
        stage: nothing,
        step: nothing,
        shouldStop: () => false,
      });
      await pipeline.release();
      const found = psnr(image, decodePng(readFileSync(`${fixtures}/${name}.png`)).data);
      expect(found).toBeGreaterThanOrEqual(40);
      console.log(`${name}: ${found.toFixed(1)} dB`);
    },
  );
});
