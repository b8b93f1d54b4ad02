import type { SchedulerConfig } from '../../weights/configs/schedulerConfig.ts';
import { EulerSigmas } from './eulerSigmas.ts';
import { combine } from './prediction.ts';
import type { SchedulerStep } from './scheduler.ts';

/**
 * Euler's method with ancestral noise (k-diffusion's sample_euler_ancestral) as diffusers'
 * EulerAncestralDiscreteScheduler: every step goes down further than asked and adds fresh noise. It remembers
 * nothing between steps.
 */
export class EulerAncestralScheduler extends EulerSigmas {
  readonly needsNoise = true;

  constructor(config: SchedulerConfig) {
    // diffusers' class has no final_sigmas_type: it always ends at 0.
    super({ ...config, finalSigmasType: 'zero' });
  }

  step(modelOutput: Float32Array, i: number, latents: Float32Array, noise?: Float32Array): SchedulerStep {
    if (noise === undefined) throw new RangeError('The ancestral Euler sampler needs noise for every step.');
    const [sigma, next] = [this.sigma(i), this.sigma(i + 1)];
    const up = Math.sqrt((next ** 2 * (sigma ** 2 - next ** 2)) / sigma ** 2);
    const down = Math.sqrt(next ** 2 - up ** 2);
    const denoised = this.original(modelOutput, latents, i);
    const mean = combine(down / sigma, latents, 1 - down / sigma, denoised);
    return { previous: combine(1, mean, up, noise), denoised };
  }
}
