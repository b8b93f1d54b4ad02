import type { SchedulerConfig } from '../../weights/configs/schedulerConfig.ts';
import { combine } from './prediction.ts';
import type { PredictionType } from './prediction.ts';

/**
 * Euler samplers work on latents x = x0 + sigma noise, whose size grows with sigma (Karras et al. 2022). The
 * model, trained on sqrt(a) x0 + sqrt(1 - a) noise, gets x / sqrt(sigma^2 + 1).
 */
export function modelScale(sigma: number): number {
  return 1 / Math.sqrt(sigma ** 2 + 1);
}

/** x0 that a prediction at noise level sigma stands for. */
export function originalAtSigma(
  type: PredictionType,
  modelOutput: Float32Array,
  latents: Float32Array,
  sigma: number,
): Float32Array {
  return type === 'epsilon'
    ? combine(1, latents, -sigma, modelOutput)
    : combine(1 / (sigma ** 2 + 1), latents, -sigma / Math.sqrt(sigma ** 2 + 1), modelOutput);
}

/** Size of the first latents: the highest level, and with leading spacing the signal's own variance on top. */
export function eulerInitNoiseSigma(config: SchedulerConfig, sigmas: readonly number[]): number {
  const highest = Math.max(...sigmas);
  return config.timestepSpacing === 'leading' ? Math.sqrt(highest ** 2 + 1) : highest;
}
