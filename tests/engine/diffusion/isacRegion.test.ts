import { describe, expect, it } from 'vitest';
import type { Denoiser, Observation } from '../../../main/engine/diffusion/denoiser.ts';
import { SamplingTrack } from '../../../main/engine/diffusion/sampling.ts';
import { createScheduler } from '../../../main/engine/diffusion/schedulers/createScheduler.ts';
import { TorchGenerator } from '../../../main/engine/diffusion/torchGenerator.ts';
import { schedulerConfigSchema } from '../../../main/engine/weights/configs/schedulerConfig.ts';
import type { isacRegions } from '../../../preload/contract/isac.ts';
import { requestSchema } from '../../../preload/contract/request.ts';

const size = { width: 8, height: 4 };
const channels = 4;

/** Latents that the first prediction sees, after a gradient of ones. */
async function predicted(region: (typeof isacRegions)[number]): Promise<Float32Array> {
  const area = size.width * size.height;
  const seen: Observation = {
    losses: new Float32Array([1, 0, 0, 1]),
    masks: new Float32Array(area).fill(0.5),
    semantic: new Float32Array(area).fill(0.5),
    foreground: new Float32Array(area).fill(1),
    grounding: null,
  };
  let given = new Float32Array();
  const denoiser: Denoiser = {
    predict: (latents) => {
      given = latents.slice();
      return Promise.resolve({ unconditional: latents, conditional: latents });
    },
    predictUnconditional: () => Promise.reject(new Error('nothing is used again')),
    observe: () => Promise.reject(new Error('every step is guided')),
    gradient: (latents) => Promise.resolve({ gradient: latents.map(() => 1), seen, conditional: null }),
  };
  const request = requestSchema.parse({
    version: 1,
    model: 'm',
    width: 64,
    height: 32,
    caption: 'a dog',
    boxes: [{ id: 'a', phrase: 'dog', box: [0.25, 0, 0.5, 0.5] }],
    seed: 1,
    steps: 2,
    // One gradient of the whole loss, as the stub above gives it.
    isac: { method: 'lo', region, strength: 0.5, balance: 'sum', reusePrediction: false },
  });
  const scheduler = createScheduler('ddim', schedulerConfigSchema.parse({}));
  scheduler.setTimesteps(2);
  const track = new SamplingTrack(
    {
      request,
      denoiser,
      scheduler,
      feeds: {},
      maskSize: size,
      latentSize: size,
      trainTimesteps: 1000,
      picture: null,
      shouldStop: () => false,
    },
    scheduler,
    new Float32Array(channels * area),
    new TorchGenerator(1),
  );
  await track.advance();
  return given;
}

describe('where ISAC-LO may change the latents', () => {
  it('the whole image: every value moves by the strength', async () => {
    expect([...(await predicted('image'))].every((value) => Math.abs(value + 0.5) < 1e-6)).toBe(true);
  });

  it('the boxes: only the cells of a box move, by the same root mean square there', async () => {
    const latents = await predicted('boxes');
    latents.forEach((value, i) => {
      const [x, y] = [i % size.width, Math.floor(i / size.width) % size.height];
      expect(value).toBeCloseTo(x >= 2 && x < 4 && y < 2 ? -0.5 : 0, 6);
    });
  });
});
