import { add, mul, mulScalar, neg, square, sub } from '../ops/elementwise.ts';
import { normalise } from '../ops/normalisation.ts';
import { reduceMean, reduceSum, sumTo } from '../ops/reduce.ts';
import { floatOf, tensorAt } from '../defineOp.ts';
import { sizeAt } from '../shape.ts';
import type { Tensor } from '../ir.ts';
import { perInput, type VjpContext, type VjpRules } from './vjp.ts';

export const normalisationVjps: VjpRules = {
  LayerNormalization: (context) => {
    const { node, input, gradient, needs } = context;
    const dy = gradient(0);
    const { normal, inverse } = normalised(context);
    return node.inputs.map((_, index) => {
      if (!needs(index)) return null;
      if (index === 0) return layerNormInput(context, normal, inverse);
      return dy && sumTo(index === 1 ? mul(dy, normal) : dy, input(index).shape);
    });
  },
  // dx = y (dy - sum(dy y)).
  Softmax: perInput((dy, { output }) => {
    const y = output(0);
    return mul(y, sub(dy, reduceSum(mul(dy, y), [-1])));
  }),
};

/** x^ = (x - mean) r, and r = 1/standard deviation. */
function normalised({ node, input, output }: VjpContext): { normal: Tensor; inverse: Tensor } {
  return isPlain(node.inputs)
    ? { normal: output(0), inverse: output(2) }
    : normalise(input(0), floatOf(node.parameters, 'epsilon'));
}

/** Without scale and bias, as in a group norm, the output is x^ already. */
const isPlain = (inputs: readonly Tensor[]): boolean => inputs.length === 2 && isOnes(tensorAt(inputs, 1));

/**
 * The sum of what comes through each of the three outputs.
 * Output: with g = dy * scale, r (g - mean(g) - x^ mean(g x^)). Mean m over n values: dm / n. r: -dr r^2 x^ / n.
 */
function layerNormInput(
  { node, input, gradient }: VjpContext,
  normal: Tensor,
  inverse: Tensor,
): Tensor | null {
  const [dy, dMean, dInverse] = [gradient(0), gradient(1), gradient(2)];
  const parts: Tensor[] = [];
  if (dy) {
    const g = isPlain(node.inputs) ? dy : mul(dy, input(1));
    const projection = add(reduceMean(g, [-1]), mul(normal, reduceMean(mul(g, normal), [-1])));
    parts.push(mul(inverse, sub(g, projection)));
  }
  const share = 1 / sizeAt(normal.shape, -1);
  if (dMean) parts.push(mulScalar(dMean, share));
  if (dInverse) parts.push(mul(neg(mul(mulScalar(dInverse, share), square(inverse))), normal));
  return parts.length === 0 ? null : parts.reduce(add);
}

/** Whether a tensor is a float32 constant of nothing but ones. */
function isOnes({ source, dtype }: Tensor): boolean {
  if (source.kind !== 'constant' || dtype !== 'float32') return false;
  const { data } = source;
  return new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4).every((value) => value === 1);
}
