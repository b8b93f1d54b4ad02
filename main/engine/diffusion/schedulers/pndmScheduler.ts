import type { SchedulerConfig } from '../../weights/configs/schedulerConfig.ts';
import { at, noisedByAlpha } from './alphaNoise.ts';
import type { NoiseSchedule } from './noiseSchedule.ts';
import { noiseSchedule, requireOptions, requirePrediction, requireSteps } from './noiseSchedule.ts';
import type { PredictionType } from './prediction.ts';
import { combine, predictedNoise, predictedOriginal } from './prediction.ts';
import type { Scheduler, SchedulerStep } from './scheduler.ts';
import { leadingTimesteps, linspace, roundHalfEven, trailingTimesteps } from './timestepSpacing.ts';

/** Adams-Bashforth weights for the latest output, the one before, ... by how many there are. */
const WEIGHTS: readonly (readonly number[])[] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
];

/**
 * Pseudo linear multistep sampling (Liu et al. 2022, arXiv 2202.09778) as diffusers' PNDMScheduler with
 * skip_prk_steps: the second timestep is taken twice, so there is one more model run than steps. The Runge-Kutta
 * warm-up (skip_prk_steps false) is not built; no Stable Diffusion model asks for it.
 *
 * It keeps the last four model outputs and, for one step, the first latents: step 1 starts again from the latents
 * that were passed to step 0. Latents that are optimised before step 1 therefore count only through the model's
 * output on them.
 */
export class PndmScheduler implements Scheduler {
  readonly initNoiseSigma = 1;
  readonly needsNoise = false;
  readonly usesHistory = true;
  timesteps: readonly number[] = [];
  readonly #config: SchedulerConfig;
  readonly #schedule: NoiseSchedule;
  readonly #prediction: PredictionType;
  #stride = 0;
  #outputs: Float32Array[] = [];
  #first: Float32Array | null = null;
  #taken = 0;

  constructor(config: SchedulerConfig) {
    requireOptions(config, { skipPrkSteps: [true] });
    this.#config = config;
    this.#schedule = noiseSchedule({ ...config, rescaleBetasZeroSnr: false });
    this.#prediction = requirePrediction(config);
  }

  setTimesteps(steps: number): void {
    const { trainTimesteps } = this.#schedule;
    requireSteps(steps, trainTimesteps);
    this.#stride = Math.floor(trainTimesteps / steps);
    const falling = this.#spaced(steps);
    this.timesteps = falling.length > 1 ? falling.toSpliced(1, 0, at(falling, 1)) : falling;
    this.reset();
  }

  reset(): void {
    this.#outputs = [];
    this.#first = null;
    this.#taken = 0;
  }

  scaleModelInput(latents: Float32Array): Float32Array {
    return Float32Array.from(latents);
  }

  step(modelOutput: Float32Array, i: number, latents: Float32Array): SchedulerStep {
    const timestep = at(this.timesteps, i);
    const alpha = at(this.#schedule.alphasCumprod, timestep);
    const denoised = predictedOriginal(
      this.#prediction,
      modelOutput,
      latents,
      Math.sqrt(alpha),
      Math.sqrt(1 - alpha),
    );
    const taken = this.#taken;
    this.#taken += 1;
    if (taken === 1 && this.#first !== null) {
      // The same step again, now with the mean of the outputs at both of its ends.
      const mean = combine(0.5, modelOutput, 0.5, this.#outputs[0] ?? modelOutput);
      const from = this.#first;
      this.#first = null;
      return { previous: this.#transfer(from, timestep + this.#stride, timestep, mean), denoised };
    }
    this.#outputs = [modelOutput.slice(), ...this.#outputs.slice(0, 3)];
    if (taken === 0) this.#first = latents.slice();
    const mixed = weightedSum(this.#outputs, WEIGHTS[this.#outputs.length - 1] ?? [1]);
    return { previous: this.#transfer(latents, timestep, timestep - this.#stride, mixed), denoised };
  }

  addNoise(original: Float32Array, noise: Float32Array, i: number): Float32Array {
    return noisedByAlpha(original, noise, at(this.#schedule.alphasCumprod, at(this.timesteps, i)));
  }

  #spaced(steps: number): number[] {
    const { trainTimesteps } = this.#schedule;
    switch (this.#config.timestepSpacing ?? 'leading') {
      case 'leading':
        return leadingTimesteps(steps, this.#stride, this.#config.stepsOffset ?? 0);
      case 'trailing':
        return trailingTimesteps(trainTimesteps, trainTimesteps / steps);
      case 'linspace':
        return linspace(0, trainTimesteps - 1, steps)
          .map(roundHalfEven)
          .reverse();
    }
  }

  /** Equation 9: latents at `from` to latents at `to`, a lower timestep. */
  #transfer(latents: Float32Array, from: number, to: number, modelOutput: Float32Array): Float32Array {
    const alphas = this.#schedule.alphasCumprod;
    const alpha = at(alphas, from);
    const final = (this.#config.setAlphaToOne ?? false) ? 1 : at(alphas, 0);
    const alphaTo = to >= 0 ? at(alphas, to) : final;
    const epsilon = predictedNoise(
      this.#prediction,
      modelOutput,
      latents,
      Math.sqrt(alpha),
      Math.sqrt(1 - alpha),
    );
    const divisor = alpha * Math.sqrt(1 - alphaTo) + Math.sqrt(alpha * (1 - alpha) * alphaTo);
    return combine(Math.sqrt(alphaTo / alpha), latents, -(alphaTo - alpha) / divisor, epsilon);
  }
}

function weightedSum(arrays: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const [first = new Float32Array()] = arrays;
  return first.map((_, index) =>
    arrays.reduce((sum, array, which) => sum + (weights[which] ?? 0) * (array[index] ?? 0), 0),
  );
}
