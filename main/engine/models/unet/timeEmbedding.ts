import { silu } from '../../graph/ops/activation.ts';
import { cast, cos, mul, sin } from '../../graph/ops/elementwise.ts';
import { concat, reshape } from '../../graph/ops/shaping.ts';
import type { Tensor } from '../../graph/ir.ts';
import { linearLayer } from '../layers.ts';
import type { ParameterScope } from '../parameterScope.ts';

const MAX_PERIOD = 10000;

export interface SinusoidOptions {
  /** Cosines before sines. */
  readonly flipSinToCos: boolean;
  readonly freqShift: number;
}

/** The sinusoidal embedding of timesteps [N], [N, size] (diffusers' get_timestep_embedding). */
export function timestepSinusoids(timestep: Tensor, size: number, options: SinusoidOptions): Tensor {
  const half = size / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) =>
    Math.exp((-Math.log(MAX_PERIOD) * i) / (half - options.freqShift)),
  );
  const angles = mul(reshape(timestep, [-1, 1]), timestep.graph.constant(frequencies, [1, half]));
  return concat(options.flipSinToCos ? [cos(angles), sin(angles)] : [sin(angles), cos(angles)], 1);
}

/** The time embedding [N, 4 size] of timesteps [N] (diffusers' Timesteps and TimestepEmbedding). */
export function timeEmbedding(
  weights: ParameterScope,
  timestep: Tensor,
  size: number,
  options: SinusoidOptions,
): Tensor {
  return weights.layer('time_embedding', (own) => {
    const sinusoids = cast(timestepSinusoids(timestep, size, options), own.precision);
    const hidden = linearLayer(own, 'linear_1', sinusoids, 4 * size);
    return linearLayer(own, 'linear_2', silu(hidden), 4 * size);
  });
}
