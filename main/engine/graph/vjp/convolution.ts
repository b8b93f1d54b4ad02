import { intsOf } from '../op.ts';
import { convLike, convTranspose, turnedConv } from '../ops/convolution.ts';
import { after } from '../ops/order.ts';
import { sizeAt } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { first, type VjpContext, type VjpRules } from './vjp.ts';

/** Each is the other's adjoint, with the same weight tensor: the backward pass needs no copy of it, unless asked to. */
export const convolutionVjps: VjpRules = {
  Conv: first((dy, context) => {
    const { node, input, method } = context;
    const weight = input(1);
    if (!turns(dy, context)) return convTranspose(dy, weight, node.parameters, input(0).shape);
    // Weights that depend on dy are not turned when the session opens, and not all layers' at the same time.
    const [own = weight] = method.turnWeights === 'each run' ? after([weight], [dy]) : [];
    return turnedConv(dy, own, node.parameters);
  }),
  ConvTranspose: first((dy, { node, input }) => convLike(dy, input(1), node.parameters)),
};

/**
 * Whether the weights are turned: not with a stride, and in each run only for images of more pixels than there are output
 * channels. What a ConvTranspose costs beyond a convolution grows with the pixels, and turning with the channels.
 */
function turns(dy: Tensor, { node, method }: VjpContext): boolean {
  if (!method.turnWeights || intsOf(node.parameters, 'strides').some((stride) => stride !== 1)) return false;
  const pixels = sizeAt(dy.shape, 2) * sizeAt(dy.shape, 3);
  return method.turnWeights === 'once' || pixels > sizeAt(dy.shape, 1);
}
