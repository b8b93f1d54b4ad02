import type { StepRule } from '../../../preload/contract/request.ts';

/** Euclidean norm. */
export function normOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

/**
 * Algorithm 1, X~ = X - eta grad L. `raw` takes the gradient as it is; `normalised` scales it so that the
 * root mean square of the change is `strength`. A zero or non-finite gradient leaves the latents alone.
 */
export function descend(
  latents: Float32Array,
  gradient: Float32Array,
  rule: StepRule,
  strength: number,
): Float32Array {
  const norm = normOf(gradient);
  if (!Number.isFinite(norm) || norm === 0) return latents.slice();
  const rate = rule === 'raw' ? strength : (strength * Math.sqrt(gradient.length)) / norm;
  return latents.map((value, i) => value - rate * (gradient[i] ?? 0));
}
