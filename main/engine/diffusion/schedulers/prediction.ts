/** What the model predicts. */
export type PredictionType = 'epsilon' | 'v_prediction';

/** Weighted sum of two arrays of one length, float64 inside, float32 out. */
export function combine(a: number, x: Float32Array, b: number, y: Float32Array): Float32Array {
  return x.map((value, index) => a * value + b * (y[index] ?? 0));
}

/** x scaled by a factor. */
export function scaled(x: Float32Array, factor: number): Float32Array {
  return x.map((value) => value * factor);
}

/** The finished latents (x0) that a prediction at x_t = alpha x0 + sigma noise stands for. */
export function predictedOriginal(
  type: PredictionType,
  modelOutput: Float32Array,
  latents: Float32Array,
  alpha: number,
  sigma: number,
): Float32Array {
  return type === 'epsilon'
    ? combine(1 / alpha, latents, -sigma / alpha, modelOutput)
    : combine(alpha, latents, -sigma, modelOutput);
}

/** The noise that a prediction at x_t = alpha x0 + sigma noise stands for. */
export function predictedNoise(
  type: PredictionType,
  modelOutput: Float32Array,
  latents: Float32Array,
  alpha: number,
  sigma: number,
): Float32Array {
  return type === 'epsilon' ? modelOutput : combine(alpha, modelOutput, sigma, latents);
}
