import type { SchedulerConfig } from '../../weights/configs/schedulerConfig.ts';
import { at } from './alphaNoise.ts';
import type { NoiseSchedule } from './noiseSchedule.ts';
import { noiseSchedule, requirePrediction } from './noiseSchedule.ts';
import type { PredictionType } from './prediction.ts';
import { combine, scaled } from './prediction.ts';
import type { Scheduler, SchedulerStep } from './scheduler.ts';
import { eulerInitNoiseSigma, modelScale, originalAtSigma } from './sigmaSpace.ts';
import { eulerSchedule } from './sigmaTimesteps.ts';

/**
 * Euler's method with ancestral noise (k-diffusion's sample_euler_ancestral) as diffusers'
 * EulerAncestralDiscreteScheduler: every step goes down further than asked and adds fresh noise. It remembers
 * nothing between steps.
 */
export class EulerAncestralScheduler implements Scheduler {
  readonly needsNoise = true;
  readonly usesHistory = false;
  timesteps: readonly number[] = [];
  initNoiseSigma = 1;
  readonly #config: SchedulerConfig;
  readonly #schedule: NoiseSchedule;
  readonly #prediction: PredictionType;
  #sigmas: readonly number[] = [];

  constructor(config: SchedulerConfig) {
    this.#config = config;
    this.#schedule = noiseSchedule(config);
    this.#prediction = requirePrediction(config);
  }

  setTimesteps(steps: number): void {
    // This class has no final_sigmas_type: it always ends at 0.
    const config = { ...this.#config, finalSigmasType: 'zero' as const };
    const { timesteps, sigmas } = eulerSchedule(config, this.#schedule, steps);
    this.timesteps = timesteps;
    this.#sigmas = sigmas;
    this.initNoiseSigma = eulerInitNoiseSigma(config, sigmas);
  }

  reset(): void {
    // Nothing is remembered.
  }

  scaleModelInput(latents: Float32Array, i: number): Float32Array {
    return scaled(latents, modelScale(at(this.#sigmas, i)));
  }

  step(modelOutput: Float32Array, i: number, latents: Float32Array, noise?: Float32Array): SchedulerStep {
    if (noise === undefined) throw new RangeError('The ancestral Euler sampler needs noise for every step.');
    const sigma = at(this.#sigmas, i);
    const next = at(this.#sigmas, i + 1);
    const up = Math.sqrt((next ** 2 * (sigma ** 2 - next ** 2)) / sigma ** 2);
    const down = Math.sqrt(next ** 2 - up ** 2);
    const denoised = originalAtSigma(this.#prediction, modelOutput, latents, sigma);
    const mean = combine(down / sigma, latents, 1 - down / sigma, denoised);
    return { previous: combine(1, mean, up, noise), denoised };
  }

  addNoise(original: Float32Array, noise: Float32Array, i: number): Float32Array {
    return combine(1, original, at(this.#sigmas, i), noise);
  }
}
