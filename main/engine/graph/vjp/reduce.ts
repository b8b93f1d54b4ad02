import { intsOf } from '../defineOp.ts';
import { cast, div, equal, full, mul } from '../ops/elementwise.ts';
import { reduceSum } from '../ops/reduce.ts';
import { sizeAt } from '../shape.ts';
import { perInput, type VjpRules } from './vjp.ts';

/** Ties share the gradient evenly, as torch.amax does. */
const extremum = perInput((dy, { input, output, node }) => {
  const hit = cast(equal(input(0), output(0)), input(0).dtype);
  return mul(hit, div(dy, reduceSum(hit, intsOf(node.parameters, 'axes'))));
});

export const reduceVjps: VjpRules = {
  // The same gradient along the axes: it broadcasts.
  ReduceSum: perInput((dy) => dy),
  ReduceMean: perInput((dy, { input, node, accumulation }) => {
    const { shape } = input(0);
    const count = intsOf(node.parameters, 'axes').reduce((product, axis) => product * sizeAt(shape, axis), 1);
    return accumulation.scale(dy, full(dy, 1 / count));
  }),
  ReduceMax: extremum,
  ReduceMin: extremum,
};
