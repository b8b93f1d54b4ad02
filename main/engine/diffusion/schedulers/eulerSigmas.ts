import type { SchedulerConfig } from '../../weights/configs/schedulerConfig.ts';
import { at } from './alphaNoise.ts';
import type { NoiseSchedule } from './noiseSchedule.ts';
import { noiseSchedule, requirePrediction } from './noiseSchedule.ts';
import type { PredictionType } from './prediction.ts';
import { combine, scaled } from './prediction.ts';
import type { Scheduler, SchedulerStep } from './scheduler.ts';
import { eulerInitNoiseSigma, modelScale, originalAtSigma } from './sigmaSpace.ts';
import { eulerSchedule } from './sigmaTimesteps.ts';

/** What Euler's samplers share: noise levels sigma per step, and latents that grow with them. They remember nothing. */
export abstract class EulerSigmas implements Scheduler {
  abstract readonly needsNoise: boolean;
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

  abstract step(
    modelOutput: Float32Array,
    i: number,
    latents: Float32Array,
    noise?: Float32Array,
  ): SchedulerStep;

  addNoise(original: Float32Array, noise: Float32Array, i: number): Float32Array {
    return combine(1, original, at(this.#sigmas, i), noise);
  }

  /** Noise level of step i; of the last step's end at i = steps. */
  protected sigma(i: number): number {
    return at(this.#sigmas, i);
  }

  /** x0 that the prediction of step i stands for. */
  protected original(modelOutput: Float32Array, latents: Float32Array, i: number): Float32Array {
    return originalAtSigma(this.#prediction, modelOutput, latents, this.sigma(i));
  }
}
