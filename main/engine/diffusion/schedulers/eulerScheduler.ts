import type { SchedulerConfig } from '../../weights/configs/schedulerConfig.ts';
import { EulerSigmas } from './eulerSigmas.ts';
import { requireOptions } from './noiseSchedule.ts';
import { combine } from './prediction.ts';
import type { SchedulerStep } from './scheduler.ts';

/**
 * Euler's method on the probability flow ODE (Karras et al. 2022, algorithm 2 without churn) as diffusers'
 * EulerDiscreteScheduler. It remembers nothing between steps.
 */
export class EulerScheduler extends EulerSigmas {
  readonly needsNoise = false;

  constructor(config: SchedulerConfig) {
    requireOptions(config, { useKarrasSigmas: [false], interpolationType: ['linear'] });
    super(config);
  }

  step(modelOutput: Float32Array, i: number, latents: Float32Array): SchedulerStep {
    const [sigma, next] = [this.sigma(i), this.sigma(i + 1)];
    const denoised = this.original(modelOutput, latents, i);
    // x + (x - x0) / sigma * (next - sigma)
    return { previous: combine(next / sigma, latents, 1 - next / sigma, denoised), denoised };
  }
}
