import { defineOp, intsOf, tensorAt } from '../defineOp.ts';
import { formatShape, ShapeError, sizeAt } from '../shape.ts';
import type { Parameters, Shape, Tensor } from '../ir.ts';
import { matmul } from './linear.ts';
import { reshape, transpose } from './shaping.ts';

/** Zero padding [top, left, bottom, right], as ONNX orders it. */
export type Padding = readonly [number, number, number, number];

export interface ConvolutionOptions {
  readonly padding?: Padding;
  readonly stride?: number;
}

const geometry = ({ pads = [], strides = [] }: Parameters): Parameters => ({ pads, strides });

const convOp = defineOp({
  type: 'Conv',
  infer: (inputs, parameters) => {
    const [x, weight] = [tensorAt(inputs, 0), tensorAt(inputs, 1)];
    if (x.shape.length !== 4 || weight.shape.length !== 4 || sizeAt(x.shape, 1) !== sizeAt(weight.shape, 1)) {
      throw new ShapeError(`weight ${formatShape(weight.shape)} does not fit image ${formatShape(x.shape)}`);
    }
    const [pads, strides] = [intsOf(parameters, 'pads'), intsOf(parameters, 'strides')];
    const side = (axis: 0 | 1): number => {
      const padded = sizeAt(x.shape, 2 + axis) + sizeAt(pads, axis) + sizeAt(pads, axis + 2);
      return Math.floor((padded - sizeAt(weight.shape, 2 + axis)) / sizeAt(strides, axis)) + 1;
    };
    return { dtype: x.dtype, shape: [sizeAt(x.shape, 0), sizeAt(weight.shape, 0), side(0), side(1)] };
  },
  attributes: geometry,
});

/** torch.nn.Conv2d: x [N, C, H, W], weight [O, C, kh, kw], bias [O]. */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: ConvolutionOptions = {},
): Tensor {
  const { padding = [0, 0, 0, 0], stride = 1 } = options;
  const inputs = bias ? [x, weight, bias] : [x, weight];
  return x.graph.apply1(convOp, inputs, { pads: [...padding], strides: [stride, stride] });
}

/** The convolution that another's parameters describe. */
export const convLike = (x: Tensor, weight: Tensor, parameters: Parameters): Tensor =>
  x.graph.apply1(convOp, [x, weight], geometry(parameters));

/**
 * The adjoint of the convolution of stride 1 with these parameters, as another convolution: with in- and output
 * channels exchanged and each kernel flipped in both axes, which is reading its values from the last to the first.
 */
export function flippedConv(dy: Tensor, weight: Tensor, parameters: Parameters): Tensor {
  const [outputs, inputs, height, width] = weight.shape as [number, number, number, number];
  const kernels = reshape(weight, [outputs, inputs, height * width]);
  const flipped = reshape(transpose(reversedLast(kernels), [1, 0, 2]), [inputs, outputs, height, width]);
  const pads = intsOf(parameters, 'pads').map((pad, side) => sizeAt(weight.shape, 2 + (side % 2)) - 1 - pad);
  return dy.graph.apply1(convOp, [dy, flipped], { pads, strides: [1, 1] });
}

/** The last axis backwards, by an exchange matrix: ten times as fast as a Gather of single values. */
function reversedLast(x: Tensor): Tensor {
  const size = sizeAt(x.shape, -1);
  if (size === 1) return x;
  const exchange = new Float32Array(size * size);
  for (let i = 0; i < size; i++) exchange[i * size + (size - 1 - i)] = 1;
  return matmul(x, x.graph.constant(exchange, [size, size]));
}

const convTransposeOp = defineOp({
  type: 'ConvTranspose',
  infer: (inputs, parameters) => ({ dtype: tensorAt(inputs, 0).dtype, shape: intsOf(parameters, 'result') }),
  attributes: ({ output_padding = [], ...rest }) => ({ ...geometry(rest), output_padding }),
});

/** The adjoint of the convolution with these parameters, for an input of shape `result`: the same weight. */
export function convTranspose(dy: Tensor, weight: Tensor, parameters: Parameters, result: Shape): Tensor {
  const [pads, strides] = [intsOf(parameters, 'pads'), intsOf(parameters, 'strides')];
  // Rows that a strided convolution left over at the end: ConvTranspose cannot know of them.
  const outputPadding = [0, 1].map((axis) => {
    const steps = (sizeAt(dy.shape, 2 + axis) - 1) * sizeAt(strides, axis);
    const reached = steps + sizeAt(weight.shape, 2 + axis) - sizeAt(pads, axis) - sizeAt(pads, axis + 2);
    return sizeAt(result, 2 + axis) - reached;
  });
  return dy.graph.apply1(convTransposeOp, [dy, weight], {
    pads,
    strides,
    output_padding: outputPadding,
    result,
  });
}
