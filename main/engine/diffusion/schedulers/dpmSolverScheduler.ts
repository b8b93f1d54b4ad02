import type { SchedulerConfig } from '../../weights/configs/schedulerConfig.ts';
import { at } from './alphaNoise.ts';
import type { NoiseSchedule } from './noiseSchedule.ts';
import { noiseSchedule, requireOptions, requirePrediction } from './noiseSchedule.ts';
import type { PredictionType } from './prediction.ts';
import { combine, predictedOriginal } from './prediction.ts';
import type { Scheduler, SchedulerStep } from './scheduler.ts';
import { dpmSchedule } from './sigmaTimesteps.ts';

/** Below so many steps the last one is of first order even where the schedule ends above 0. */
const FEW_STEPS = 15;

/** A noise level as x = alpha x0 + sigma noise with alpha^2 + sigma^2 = 1, and half its log signal-to-noise ratio. */
interface Level {
  readonly alpha: number;
  readonly sigma: number;
  readonly lambda: number;
}

/**
 * DPM-Solver++ 2M (Lu et al. 2022, arXiv 2211.01095, algorithm 2, midpoint) as diffusers'
 * DPMSolverMultistepScheduler with its defaults. It keeps the x0 estimate of the step before, made on the
 * latents as they were passed then.
 */
export class DpmSolverScheduler implements Scheduler {
  readonly initNoiseSigma = 1;
  readonly needsNoise = false;
  readonly usesHistory = true;
  timesteps: readonly number[] = [];
  readonly #config: SchedulerConfig;
  readonly #schedule: NoiseSchedule;
  readonly #prediction: PredictionType;
  #sigmas: readonly number[] = [];
  #before: Float32Array | null = null;

  constructor(config: SchedulerConfig) {
    requireOptions(config, {
      thresholding: [false],
      useKarrasSigmas: [false],
      lambdaMinClipped: [],
      solverOrder: [2],
      // diffusers reads the names of other solvers as this one.
      solverType: ['midpoint', 'logrho', 'bh1', 'bh2'],
      algorithmType: ['dpmsolver++', 'deis'],
    });
    this.#config = config;
    this.#schedule = noiseSchedule(config);
    this.#prediction = requirePrediction(config);
  }

  setTimesteps(steps: number): void {
    const { timesteps, sigmas } = dpmSchedule(this.#config, this.#schedule, steps);
    this.timesteps = timesteps;
    this.#sigmas = sigmas;
    this.reset();
  }

  reset(): void {
    this.#before = null;
  }

  scaleModelInput(latents: Float32Array): Float32Array {
    return Float32Array.from(latents);
  }

  step(modelOutput: Float32Array, i: number, latents: Float32Array): SchedulerStep {
    const here = this.#level(i);
    const next = this.#level(i + 1);
    const denoised = predictedOriginal(this.#prediction, modelOutput, latents, here.alpha, here.sigma);
    const h = next.lambda - here.lambda;
    const decay = next.alpha * -Math.expm1(-h);
    let target = denoised;
    if (this.#before !== null && !this.#firstOrder(i)) {
      const ratio = (here.lambda - this.#level(i - 1).lambda) / h;
      target = combine(1 + 0.5 / ratio, denoised, -0.5 / ratio, this.#before);
    }
    this.#before = denoised.slice();
    return { previous: combine(next.sigma / here.sigma, latents, decay, target), denoised };
  }

  addNoise(original: Float32Array, noise: Float32Array, i: number): Float32Array {
    const { alpha, sigma } = this.#level(i);
    return combine(alpha, original, sigma, noise);
  }

  /** At a final level of 0 the second order divides by infinity. */
  #firstOrder(i: number): boolean {
    const { eulerAtFinal = false, lowerOrderFinal = true, finalSigmasType = 'zero' } = this.#config;
    const few = lowerOrderFinal && this.timesteps.length < FEW_STEPS;
    return i === this.timesteps.length - 1 && (eulerAtFinal || few || finalSigmasType === 'zero');
  }

  #level(i: number): Level {
    const noise = at(this.#sigmas, i);
    const alpha = 1 / Math.sqrt(noise ** 2 + 1);
    // lambda = log(alpha / sigma) = -log(noise); infinite at the end.
    return { alpha, sigma: noise * alpha, lambda: -Math.log(noise) };
  }
}
