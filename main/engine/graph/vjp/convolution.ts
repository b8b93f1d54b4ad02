import { convLike, convTranspose } from '../ops/convolution.ts';
import { first, type VjpRules } from './vjp.ts';

/** Each is the other's adjoint, with the same weight tensor: the backward pass needs no copy of it. */
export const convolutionVjps: VjpRules = {
  Conv: first((dy, { node, input }) => convTranspose(dy, input(1), node.parameters, input(0).shape)),
  ConvTranspose: first((dy, { node, input }) => convLike(dy, input(1), node.parameters)),
};
