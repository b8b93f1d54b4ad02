import { intsOf } from '../defineOp.ts';
import { convLike, convTranspose, flippedConv } from '../ops/convolution.ts';
import { after } from '../ops/order.ts';
import { reduceSum } from '../ops/reduce.ts';
import { pad, reshape, slice, transpose } from '../ops/shaping.ts';
import { sizeAt } from '../shape.ts';
import type { Parameters, Shape, Tensor } from '../ir.ts';
import { perInput, type VjpContext, type VjpRules } from './vjp.ts';

/** Each is the other's adjoint, with the same weight tensor: the backward pass needs no copy of it, unless asked to. */
export const convolutionVjps: VjpRules = {
  Conv: perInput(
    (dy, context) => {
      const { node, input, method } = context;
      const weight = input(1);
      if (!flips(dy, context)) return convTranspose(dy, weight, node.parameters, input(0).shape);
      // Kernels that depend on dy are not flipped when the session opens, and not all layers' at the same time.
      const [own = weight] = method.kernelFlip === 'each run' ? after([weight], [dy]) : [];
      return flippedConv(dy, own, node.parameters);
    },
    (dy, { node, input }) => kernelGradient(input(0), dy, node.parameters, input(1).shape),
    (dy, { input }) => reshape(reduceSum(dy, [0, 2, 3]), input(2).shape),
  ),
  ConvTranspose: perInput(
    (dy, { node, input }) => convLike(dy, input(1), node.parameters),
    // It is the adjoint of a convolution of dy, whose output has the shape of the input here.
    (dy, { node, input }) => kernelGradient(dy, input(0), node.parameters, input(1).shape),
  ),
};

/**
 * Whether the kernels are flipped: not with a stride, and in each run only for images of more pixels than there are output
 * channels. What a ConvTranspose costs beyond a convolution grows with the pixels, and the flip with the channels.
 */
function flips(dy: Tensor, { node, method }: VjpContext): boolean {
  if (!method.kernelFlip || intsOf(node.parameters, 'strides').some((stride) => stride !== 1)) return false;
  const pixels = sizeAt(dy.shape, 2) * sizeAt(dy.shape, 3);
  return method.kernelFlip === 'once' || pixels > sizeAt(dy.shape, 1);
}

/**
 * The gradient of a convolution's weight [O, C, kh, kw] from its image x [N, C, H, W] and the gradient dy [N, O, h, w] of
 * its output: x convolved with dy as the kernel, where images and channels change places, and dy has stride - 1 zeros
 * between its pixels.
 */
function kernelGradient(x: Tensor, dy: Tensor, parameters: Parameters, kernel: Shape): Tensor {
  const [down = 1, across = 1] = intsOf(parameters, 'strides');
  const swap = (image: Tensor): Tensor => transpose(image, [1, 0, 2, 3]);
  const wide = spread(spread(dy, 2, down), 3, across);
  const all = convLike(swap(x), swap(wide), { pads: intsOf(parameters, 'pads'), strides: [1, 1] });
  // A strided convolution may leave rows at the end of x unread: they give further kernel rows that do not exist.
  const rows = slice(all, 2, 0, sizeAt(kernel, 2));
  return swap(slice(rows, 3, 0, sizeAt(kernel, 3)));
}

/** x with `stride - 1` zeros between its elements along an axis. */
function spread(x: Tensor, axis: number, stride: number): Tensor {
  if (stride === 1) return x;
  const size = sizeAt(x.shape, axis);
  const [lead, rest] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const apart = reshape(x, [...lead, size, 1, ...rest]);
  const after = apart.shape.map((_, own) => (own === axis + 1 ? stride - 1 : 0));
  const filled = pad(apart, after.map(() => 0), after); // prettier-ignore
  return slice(reshape(filled, [...lead, size * stride, ...rest]), axis, 0, (size - 1) * stride + 1);
}
