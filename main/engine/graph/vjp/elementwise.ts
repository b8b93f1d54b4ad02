import {
  add, cast, cos, div, equal, exp, full, greater, mul, mulScalar, neg, sin, square, sub, where,
} from '../ops/elementwise.ts'; // prettier-ignore
import { sumTo } from '../ops/reduce.ts';
import { tensorAt } from '../defineOp.ts';
import type { Accumulation } from '../accumulation.ts';
import type { Tensor } from '../ir.ts';
import { perInput, type InputGradient, type Vjp, type VjpRules } from './vjp.ts';

/** dx = dy f'(x), the derivative given by input and output. */
const derivative = (of: (x: Tensor, y: Tensor) => Tensor): Vjp =>
  perInput((dy, { input, output }) => mul(dy, of(input(0), output(0))));

type Partial = (dy: Tensor, a: Tensor, b: Tensor, y: Tensor, accumulation: Accumulation) => Tensor;

/** Both partial derivatives, each summed over the axes along which its input was broadcast. */
function partials(da: Partial, db: Partial): Vjp {
  const one =
    (index: 0 | 1, d: Partial): InputGradient =>
    (dy, { input, output, accumulation }) =>
      sumTo(d(dy, input(0), input(1), output(0), accumulation), input(index).shape);
  return perInput(one(0, da), one(1, db));
}

/** 1 where a > b, 1/2 in a tie, else 0: torch.maximum gives both sides half. */
const share = (a: Tensor, b: Tensor): Tensor =>
  add(cast(greater(a, b), a.dtype), mulScalar(cast(equal(a, b), a.dtype), 0.5));

const sign = (x: Tensor): Tensor =>
  sub(cast(greater(x, full(x, 0)), x.dtype), cast(greater(full(x, 0), x), x.dtype));

const one = (x: Tensor): Tensor => full(x, 1);

export const elementwiseVjps: VjpRules = {
  Add: partials((dy) => dy, (dy) => dy), // prettier-ignore
  Sub: partials((dy) => dy, (dy) => neg(dy)), // prettier-ignore
  Mul: partials((dy, _a, b, _y, { scale }) => scale(dy, b), (dy, a, _b, _y, { scale }) => scale(dy, a)), // prettier-ignore
  Div: partials((dy, _a, b) => div(dy, b), (dy, _a, b, y) => neg(div(mul(dy, y), b))), // prettier-ignore
  Max: partials((dy, a, b) => mul(dy, share(a, b)), (dy, a, b) => mul(dy, share(b, a))), // prettier-ignore
  Min: partials((dy, a, b) => mul(dy, share(b, a)), (dy, a, b) => mul(dy, share(a, b))), // prettier-ignore
  Neg: perInput((dy) => neg(dy)),
  Exp: derivative((_x, y) => y),
  Log: perInput((dy, { input }) => div(dy, input(0))),
  Sqrt: perInput((dy, { output }) => div(mulScalar(dy, 0.5), output(0))),
  Abs: derivative(sign),
  Tanh: derivative((_x, y) => sub(one(y), square(y))),
  Sigmoid: derivative((_x, y) => mul(y, sub(one(y), y))),
  Erf: derivative((x) => mulScalar(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
  Sin: derivative((x) => cos(x)),
  Cos: derivative((x) => neg(sin(x))),
  Reciprocal: derivative((_x, y) => neg(square(y))),
  Cast: perInput((dy, { node }) => cast(dy, tensorAt(node.inputs, 0).dtype)),
  Where: ({ input, gradient, needs }) => {
    const dy = gradient(0);
    if (!dy) return [null, null, null];
    const [condition, zero] = [input(0), full(dy, 0)];
    return [
      null,
      needs(1) ? sumTo(where(condition, dy, zero), input(1).shape) : null,
      needs(2) ? sumTo(where(condition, zero, dy), input(2).shape) : null,
    ];
  },
  // stopGradient is an Identity: its value passes, its gradient does not.
  Identity: 'constant',
  Greater: 'constant',
  GreaterOrEqual: 'constant',
  Equal: 'constant',
};
