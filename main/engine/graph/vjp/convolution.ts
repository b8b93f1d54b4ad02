import { intsOf } from '../op.ts';
import { convLike, convTranspose, turnedConv } from '../ops/convolution.ts';
import { first, type VjpRules } from './vjp.ts';

/** Each is the other's adjoint, with the same weight tensor: the backward pass needs no copy of it, unless asked to. */
export const convolutionVjps: VjpRules = {
  Conv: first((dy, { node, input, method }) =>
    method.turnWeights && intsOf(node.parameters, 'strides').every((stride) => stride === 1)
      ? turnedConv(dy, input(1), node.parameters)
      : convTranspose(dy, input(1), node.parameters, input(0).shape),
  ),
  ConvTranspose: first((dy, { node, input }) => convLike(dy, input(1), node.parameters)),
};
