import type { SchedulerConfig } from '../../weights/configs/schedulerConfig.ts';
import { at, noisedByAlpha } from './alphaNoise.ts';
import type { NoiseSchedule } from './noiseSchedule.ts';
import { noiseSchedule, requireOptions, requirePrediction, requireSteps } from './noiseSchedule.ts';
import type { PredictionType } from './prediction.ts';
import { combine, predictedNoise, predictedOriginal } from './prediction.ts';
import type { Scheduler, SchedulerStep } from './scheduler.ts';
import { leadingTimesteps, linspace, roundHalfEven, trailingTimesteps } from './timestepSpacing.ts';

/**
 * DDIM (Song et al. 2021, arXiv 2010.02502, equations 12 and 16) as diffusers' DDIMScheduler. It remembers
 * nothing between steps.
 */
export class DdimScheduler implements Scheduler {
  readonly initNoiseSigma = 1;
  readonly needsNoise: boolean;
  readonly usesHistory = false;
  timesteps: readonly number[] = [];
  readonly #config: SchedulerConfig;
  readonly #schedule: NoiseSchedule;
  readonly #prediction: PredictionType;
  readonly #eta: number;
  /** Limit of x0; diffusers clips unless the config says otherwise, and every Stable Diffusion config does. */
  readonly #clip: number;
  #stride = 0;

  /** @param eta share of fresh noise: 0 is deterministic, 1 is DDPM */
  constructor(config: SchedulerConfig, eta = 0) {
    requireOptions(config, { thresholding: [false] });
    this.#config = config;
    this.#schedule = noiseSchedule(config);
    this.#prediction = requirePrediction(config);
    this.#eta = eta;
    this.#clip = config.clipSample === false ? Infinity : (config.clipSampleRange ?? 1);
    this.needsNoise = eta > 0;
  }

  setTimesteps(steps: number): void {
    const { trainTimesteps } = this.#schedule;
    requireSteps(steps, trainTimesteps);
    this.#stride = Math.floor(trainTimesteps / steps);
    switch (this.#config.timestepSpacing ?? 'leading') {
      case 'leading':
        this.timesteps = leadingTimesteps(steps, this.#stride, this.#config.stepsOffset ?? 0);
        break;
      case 'trailing':
        this.timesteps = trailingTimesteps(trainTimesteps, trainTimesteps / steps);
        break;
      case 'linspace':
        this.timesteps = linspace(0, trainTimesteps - 1, steps)
          .map(roundHalfEven)
          .reverse();
        break;
    }
  }

  reset(): void {
    // Nothing is remembered.
  }

  scaleModelInput(latents: Float32Array): Float32Array {
    return Float32Array.from(latents);
  }

  step(modelOutput: Float32Array, i: number, latents: Float32Array, noise?: Float32Array): SchedulerStep {
    const timestep = at(this.timesteps, i);
    const alphas = this.#schedule.alphasCumprod;
    const alpha = at(alphas, timestep);
    const before = timestep - this.#stride;
    const final = (this.#config.setAlphaToOne ?? true) ? 1 : at(alphas, 0);
    const alphaBefore = before >= 0 ? at(alphas, before) : final;

    const root = Math.sqrt(alpha);
    const rest = Math.sqrt(1 - alpha);
    const denoised = predictedOriginal(this.#prediction, modelOutput, latents, root, rest).map((value) =>
      Math.min(Math.max(value, -this.#clip), this.#clip),
    );
    const epsilon = predictedNoise(this.#prediction, modelOutput, latents, root, rest);
    const variance = ((1 - alphaBefore) / (1 - alpha)) * (1 - alpha / alphaBefore);
    const deviation = this.#eta * Math.sqrt(variance);
    const direction = Math.sqrt(1 - alphaBefore - deviation ** 2);
    const mean = combine(Math.sqrt(alphaBefore), denoised, direction, epsilon);
    if (this.#eta === 0) return { previous: mean, denoised };
    if (noise === undefined) throw new RangeError('DDIM with eta above 0 needs noise for every step.');
    return { previous: combine(1, mean, deviation, noise), denoised };
  }

  addNoise(original: Float32Array, noise: Float32Array, i: number): Float32Array {
    return noisedByAlpha(original, noise, at(this.#schedule.alphasCumprod, at(this.timesteps, i)));
  }
}
