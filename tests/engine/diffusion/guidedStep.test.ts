import { describe, expect, it } from 'vitest';
import type { Denoiser, Observation } from '../../../main/engine/diffusion/denoiser.ts';
import { SamplingTrack } from '../../../main/engine/diffusion/sampling.ts';
import { createScheduler } from '../../../main/engine/diffusion/schedulers/createScheduler.ts';
import { TorchGenerator } from '../../../main/engine/diffusion/torchGenerator.ts';
import { schedulerConfigSchema } from '../../../main/engine/weights/configs/schedulerConfig.ts';
import { lambdasAt } from '../../../main/engine/isac/schedule.ts';
import { requestSchema, type IsacSettings } from '../../../preload/contract/request.ts';

const size = { width: 8, height: 4 };
const length = 4 * size.width * size.height;
const steps = 25;

const seen: Observation = {
  losses: new Float32Array([0.5, 0.5, 0, 1]),
  masks: new Float32Array(size.width * size.height).fill(0.5),
  semantic: new Float32Array(size.width * size.height).fill(0.5),
  foreground: new Float32Array(size.width * size.height).fill(1),
  grounding: null,
};

/** Two directions at a right angle: phase 1 changes even values, phase 2 odd ones, by as much as `scale` says. */
const direction = (odd: 0 | 1, scale: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => (i % 2 === odd ? scale : 0));

interface Run {
  /** How far each guided step went along each phase's direction. */
  readonly moves: { readonly instance: number; readonly semantic: number; readonly timestep: number }[];
  readonly runs: string[];
  readonly track: SamplingTrack;
}

/** A whole run with gradients of such lengths; the prediction is zero, so that only ISAC moves the latents. */
async function run(isac: Partial<IsacSettings>, lengths: readonly [number, number]): Promise<Run> {
  const moves: Run['moves'] = [];
  const runs: string[] = [];
  let given = new Float32Array();
  let now = 0;
  const zero = (): Float32Array => new Float32Array(length);
  const arrived = (latents: Float32Array): void => {
    const moved = (odd: number): number =>
      Math.hypot(
        ...latents.filter((_, i) => i % 2 === odd).map((value, i) => value - (given[2 * i + odd] ?? 0)),
      );
    moves.push({ instance: moved(0), semantic: moved(1), timestep: now });
  };
  const denoiser: Denoiser = {
    predict: (latents) => {
      runs.push('predict');
      arrived(latents);
      return Promise.resolve({ unconditional: zero(), conditional: zero() });
    },
    predictUnconditional: (latents) => {
      runs.push(`unconditional ${latents === given || latents.every((value, i) => value === given[i])}`);
      return Promise.resolve(zero());
    },
    observe: () => {
      runs.push('observe');
      return Promise.resolve({ unconditional: zero(), conditional: zero(), seen });
    },
    gradient: (latents, timestep, _grounded, feeds) => {
      runs.push('gradient');
      given = latents.slice();
      now = timestep;
      const [turnA = 0, turnB = 0] = feeds[isac.balance === 'sum' ? 'lambdas' : 'turn'] ?? [];
      const [instance, semantic] = [direction(0, lengths[0]), direction(1, lengths[1])];
      const gradient =
        isac.balance === 'norm'
          ? { instance, semantic }
          : instance.map((value, i) => turnA * value + turnB * (semantic[i] ?? 0));
      const conditional = isac.reusePrediction ? zero() : null;
      return Promise.resolve({ gradient, seen, conditional });
    },
  };
  const request = requestSchema.parse({
    version: 1,
    model: 'm',
    width: 64,
    height: 32,
    caption: 'a dog',
    boxes: [{ id: 'a', phrase: 'dog', box: [0.25, 0, 0.5, 0.5] }],
    seed: 1,
    steps,
    isac: { method: 'lo', stepRule: 'normalised', reusePrediction: false, ...isac },
  });
  const scheduler = createScheduler('ddim', schedulerConfigSchema.parse({}));
  scheduler.setTimesteps(steps);
  const context = {
    request,
    denoiser,
    scheduler,
    feeds: {},
    maskSize: size,
    latentSize: size,
    trainTimesteps: 1000,
    picture: null,
    shouldStop: () => false,
  };
  const generator = new TorchGenerator(1);
  const track = new SamplingTrack(context, scheduler, generator.randn(length), generator);
  while (!track.finished) await track.advance();
  return { moves, runs, track };
}

const schedule = 'instance-then-semantic';

describe('the share that each phase has in a step', () => {
  it.each([
    [1, 1],
    [1, 151],
    [40, 0.003],
  ] as const)('is its lambda, whether gradients are %d and %d long', async (a, b) => {
    const { moves } = await run({ balance: 'norm', lastStep: 1, strength: 0.03 }, [a, b]);
    expect(moves).toHaveLength(steps);
    for (const { instance, semantic, timestep } of moves) {
      const lambdas = lambdasAt(schedule, timestep / 1000);
      expect(instance / (instance + semantic)).toBeCloseTo(lambdas.instance, 3);
      expect(Math.hypot(instance, semantic) / Math.sqrt(length)).toBeCloseTo(0.03, 5);
    }
  });

  it.each([0.3, 0.5, 1])(
    'is its lambda over all steps where the phases take turns, guided until %d',
    async (lastStep) => {
      const { moves } = await run({ balance: 'turns', lastStep, strength: 0.03 }, [1, 151]);
      const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
      const share =
        sum(moves.map(({ instance }) => instance)) / sum(moves.map((m) => m.instance + m.semantic));
      const wanted =
        sum(moves.map(({ timestep }) => lambdasAt(schedule, timestep / 1000).instance)) / moves.length;
      expect(Math.abs(share - wanted)).toBeLessThan(0.1);
      for (const { instance, semantic } of moves) {
        expect(Math.min(instance, semantic)).toBe(0);
        expect(Math.hypot(instance, semantic) / Math.sqrt(length)).toBeCloseTo(0.03, 5);
      }
    },
  );

  it('is not in a plain sum, where the longer gradient decides', async () => {
    const { moves } = await run({ balance: 'sum', lastStep: 0.3, strength: 0.03 }, [1, 151]);
    for (const { instance, semantic } of moves) expect(instance / (instance + semantic)).toBeLessThan(0.2);
  });
});

describe('the predictions of a guided step', () => {
  it('are made at the changed latents, or the one that the gradient came from is used again', async () => {
    const fresh = await run({ balance: 'turns', lastStep: 0.04 }, [1, 1]);
    expect(fresh.runs.slice(0, 2)).toEqual(['gradient', 'predict']);
    const reused = await run({ balance: 'turns', lastStep: 0.04, reusePrediction: true }, [1, 1]);
    expect(reused.runs.slice(0, 2)).toEqual(['gradient', 'unconditional true']);
    expect(reused.runs.filter((name) => name === 'predict')).toEqual([]);
    expect(reused.runs.filter((name) => name === 'observe')).toHaveLength(steps - 1);
  });
});
