import { add, mul, sub } from '../ops/elementwise.ts';
import { reduceMean, reduceSum } from '../ops/reduce.ts';
import { first, type VjpRules } from './vjp.ts';

export const normalisationVjps: VjpRules = {
  // x^ = (x - mean) r and g = dy * scale: dx = r (g - mean(g) - x^ mean(g x^)).
  LayerNormalization: first((dy, { input, output }) => {
    const [mean, inverse] = [output(1), output(2)];
    const normal = mul(sub(input(0), mean), inverse);
    const g = mul(dy, input(1));
    const projection = add(reduceMean(g, [-1]), mul(normal, reduceMean(mul(g, normal), [-1])));
    return mul(inverse, sub(g, projection));
  }),
  // dx = y (dy - sum(dy y)).
  Softmax: first((dy, { output }) => {
    const y = output(0);
    return mul(y, sub(dy, reduceSum(mul(dy, y), [-1])));
  }),
};
