import type { StepRule } from '../../../preload/contract/request.ts';
import type { Lambdas } from './schedule.ts';

/** The gradient of each phase's loss, without its lambda. */
export interface PhaseGradients {
  readonly instance: Float32Array;
  readonly semantic: Float32Array;
}

/** Euclidean norm. */
export function normOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

/**
 * The phases' gradients, each scaled to one norm and then weighed: lambda says what share of the step a phase has, whatever
 * the scale of its loss. The norm is the geometric mean of both, or that of the only one there is.
 */
export function balanced({ instance, semantic }: PhaseGradients, lambdas: Lambdas): Float32Array {
  const [a, b] = [normOf(instance), normOf(semantic)];
  const usable = (norm: number): boolean => Number.isFinite(norm) && norm > 0;
  const common = usable(a) && usable(b) ? Math.sqrt(a * b) : usable(a) ? a : usable(b) ? b : 0;
  const one = usable(a) ? (lambdas.instance * common) / a : 0;
  const other = usable(b) ? (lambdas.semantic * common) / b : 0;
  return instance.map(
    (value, i) => (one === 0 ? 0 : one * value) + (other === 0 ? 0 : other * (semantic[i] ?? 0)),
  );
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
