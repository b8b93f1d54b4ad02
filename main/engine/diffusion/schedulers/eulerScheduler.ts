import type { SchedulerConfig } from '../../weights/configs/schedulerConfig.ts';
import { at } from './alphaNoise.ts';
import type { NoiseSchedule } from './noiseSchedule.ts';
import { noiseSchedule, requireOptions, requirePrediction } from './noiseSchedule.ts';
import type { PredictionType } from './prediction.ts';
import { combine, scaled } from './prediction.ts';
import type { Scheduler, SchedulerStep } from './scheduler.ts';
import { eulerInitNoiseSigma, modelScale, originalAtSigma } from './sigmaSpace.ts';
import { eulerSchedule } from './sigmaTimesteps.ts';

/**
 * Euler's method on the probability flow ODE (Karras et al. 2022, algorithm 2 without churn) as diffusers'
 * EulerDiscreteScheduler. It remembers nothing between steps.
 */
export class EulerScheduler implements Scheduler {
  readonly needsNoise = false;
  readonly usesHistory = false;
  timesteps: readonly number[] = [];
  initNoiseSigma = 1;
  readonly #config: SchedulerConfig;
  readonly #schedule: NoiseSchedule;
  readonly #prediction: PredictionType;
  #sigmas: readonly number[] = [];

  constructor(config: SchedulerConfig) {
    requireOptions(config, { useKarrasSigmas: [false], interpolationType: ['linear'] });
    this.#config = config;
    this.#schedule = noiseSchedule(config);
    this.#prediction = requirePrediction(config);
  }

  setTimesteps(steps: number): void {
    const { timesteps, sigmas } = eulerSchedule(this.#config, this.#schedule, steps);
    this.timesteps = timesteps;
    this.#sigmas = sigmas;
    this.initNoiseSigma = eulerInitNoiseSigma(this.#config, sigmas);
  }

  reset(): void {
    // Nothing is remembered.
  }

  scaleModelInput(latents: Float32Array, i: number): Float32Array {
    return scaled(latents, modelScale(at(this.#sigmas, i)));
  }

  step(modelOutput: Float32Array, i: number, latents: Float32Array): SchedulerStep {
    const sigma = at(this.#sigmas, i);
    const next = at(this.#sigmas, i + 1);
    const denoised = originalAtSigma(this.#prediction, modelOutput, latents, sigma);
    // x + (x - x0) / sigma * (next - sigma)
    return { previous: combine(next / sigma, latents, 1 - next / sigma, denoised), denoised };
  }

  addNoise(original: Float32Array, noise: Float32Array, i: number): Float32Array {
    return combine(1, original, at(this.#sigmas, i), noise);
  }
}
