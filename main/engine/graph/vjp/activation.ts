import { floatOf } from '../defineOp.ts';
import { add, addScalar, erf, exp, mul, mulScalar, neg, sigmoid, square, sub } from '../ops/elementwise.ts';
import { perInput, type VjpRules } from './vjp.ts';

export const activationVjps: VjpRules = {
  // y = x s with s = sigmoid(a x): y' = s + a x s (1 - s) = s (1 + a (x - y)).
  QuickGelu: perInput((dy, { node, input, output }) => {
    const alpha = floatOf(node.parameters, 'alpha');
    const scaled = alpha === 1 ? input(0) : mulScalar(input(0), alpha);
    const scaledOutput = alpha === 1 ? output(0) : mulScalar(output(0), alpha);
    return mul(dy, mul(sigmoid(scaled), addScalar(sub(scaled, scaledOutput), 1)));
  }),
  // y' = Phi(x) + x phi(x), with t = x / sqrt 2: (1 + erf t + 2 / sqrt pi t exp(-t^2)) / 2.
  Gelu: perInput((dy, { input }) => {
    const t = mulScalar(input(0), Math.SQRT1_2);
    const density = mulScalar(mul(t, exp(neg(square(t)))), 2 / Math.sqrt(Math.PI));
    return mul(dy, mulScalar(addScalar(add(erf(t), density), 1), 0.5));
  }),
};
