import type { SchedulerConfig } from '../../weights/configs/schedulerConfig.ts';
import { at } from './alphaNoise.ts';
import type { NoiseSchedule } from './noiseSchedule.ts';
import { requireSteps, trainingSigmas } from './noiseSchedule.ts';
import { leadingTimesteps, linspace, roundHalfEven, trailingTimesteps } from './timestepSpacing.ts';

/** Timesteps and the noise levels that belong to them, with the final level behind the last. */
export interface SigmaSchedule {
  readonly timesteps: number[];
  /** float32 values; one more than timesteps. */
  readonly sigmas: number[];
}

/**
 * The schedule of diffusers' Euler samplers: spaced evenly over all training timesteps unless the config says
 * otherwise, fractions kept, levels interpolated between the training levels.
 */
export function eulerSchedule(
  config: SchedulerConfig,
  schedule: NoiseSchedule,
  steps: number,
): SigmaSchedule {
  const { trainTimesteps } = schedule;
  requireSteps(steps, trainTimesteps);
  return withSigmas(config, schedule, spaced().map(Math.fround));

  function spaced(): number[] {
    switch (config.timestepSpacing ?? 'linspace') {
      case 'linspace':
        return linspace(0, trainTimesteps - 1, steps).reverse();
      case 'leading':
        return leadingTimesteps(steps, Math.floor(trainTimesteps / steps), config.stepsOffset ?? 0);
      case 'trailing':
        return trailingTimesteps(trainTimesteps, trainTimesteps / steps);
    }
  }
}

/** The schedule of diffusers' DPM-Solver: one interval more than steps, so that it ends above timestep 0. */
export function dpmSchedule(config: SchedulerConfig, schedule: NoiseSchedule, steps: number): SigmaSchedule {
  const { trainTimesteps } = schedule;
  requireSteps(steps, trainTimesteps);
  return withSigmas(config, schedule, spaced());

  function spaced(): number[] {
    switch (config.timestepSpacing ?? 'linspace') {
      case 'linspace':
        return linspace(0, trainTimesteps - 1, steps + 1)
          .map(roundHalfEven)
          .reverse()
          .slice(0, -1);
      case 'leading': {
        const ratio = Math.floor(trainTimesteps / (steps + 1));
        return leadingTimesteps(steps + 1, ratio, config.stepsOffset ?? 0).slice(0, -1);
      }
      case 'trailing':
        return trailingTimesteps(trainTimesteps, trainTimesteps / steps);
    }
  }
}

function withSigmas(config: SchedulerConfig, schedule: NoiseSchedule, timesteps: number[]): SigmaSchedule {
  const training = trainingSigmas(schedule, config.rescaleBetasZeroSnr === true);
  const last = (config.finalSigmasType ?? 'zero') === 'zero' ? 0 : at(training, 0);
  return {
    timesteps,
    sigmas: [...timesteps.map((timestep) => Math.fround(interpolated(training, timestep))), last],
  };
}

/** numpy.interp over whole positions: what lies outside takes the value at the edge. */
function interpolated(values: Float32Array, position: number): number {
  const inside = Math.min(Math.max(position, 0), values.length - 1);
  const low = Math.min(Math.floor(inside), values.length - 2);
  const below = at(values, low);
  return below + (at(values, low + 1) - below) * (inside - low);
}
