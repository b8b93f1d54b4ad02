import { add, mul, sub } from '../ops/elementwise.ts';
import { normalise } from '../ops/normalisation.ts';
import { reduceMean, reduceSum } from '../ops/reduce.ts';
import { floatOf, tensorAt } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { first, type VjpRules } from './vjp.ts';

export const normalisationVjps: VjpRules = {
  // x^ = (x - mean) r and g = dy * scale: dx = r (g - mean(g) - x^ mean(g x^)).
  LayerNormalization: first((dy, { node, input, output }) => {
    // Without scale and bias, as in a group norm, the output is x^ already.
    const plain = node.inputs.length === 2 && isOnes(tensorAt(node.inputs, 1));
    const { normal, inverse } = plain
      ? { normal: output(0), inverse: output(2) }
      : normalise(input(0), floatOf(node.parameters, 'epsilon'));
    const g = plain ? dy : mul(dy, input(1));
    const projection = add(reduceMean(g, [-1]), mul(normal, reduceMean(mul(g, normal), [-1])));
    return mul(inverse, sub(g, projection));
  }),
  // dx = y (dy - sum(dy y)).
  Softmax: first((dy, { output }) => {
    const y = output(0);
    return mul(y, sub(dy, reduceSum(mul(dy, y), [-1])));
  }),
};

/** Whether a tensor is a float32 constant of nothing but ones. */
function isOnes({ source, dtype }: Tensor): boolean {
  if (source.kind !== 'constant' || dtype !== 'float32') return false;
  const { data } = source;
  return new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4).every((value) => value === 1);
}
