import { defineOp, tensorAt } from '../defineOp.ts';
import { ShapeError, sizeAt } from '../shape.ts';
import type { Tensor } from '../ir.ts';
import { mul } from './elementwise.ts';
import { addAlong } from './linear.ts';
import { reshape } from './shaping.ts';

/** Its second and third output are the mean and 1/standard deviation: the backward pass takes them. */
const layerNormOp = defineOp({
  type: 'LayerNormalization',
  optionalOutputs: true,
  infer: (inputs) => {
    const { dtype, shape } = tensorAt(inputs, 0);
    if (inputs.slice(1).some((parameter) => sizeAt(parameter.shape, 0) !== sizeAt(shape, -1))) {
      throw new ShapeError('scale or bias does not fit the last axis');
    }
    const rows = { dtype: 'float32', shape: [...shape.slice(0, -1), 1] } as const;
    return [{ dtype, shape }, rows, rows];
  },
  attributes: ({ epsilon = { float: 1e-5 } }) => ({ axis: -1, epsilon }),
});

/** torch.nn.LayerNorm over the last axis: scale and bias [C]. */
export function layerNorm(x: Tensor, scale: Tensor, bias: Tensor | null, epsilon: number): Tensor {
  const inputs = bias ? [x, scale, bias] : [x, scale];
  return x.graph.apply1(layerNormOp, inputs, { epsilon: { float: epsilon } });
}

/** x without mean and with unit variance along the last axis, and 1/standard deviation [..., 1]. */
export function normalise(x: Tensor, epsilon: number): { normal: Tensor; inverse: Tensor } {
  const ones = x.graph.filled(1, [sizeAt(x.shape, -1)]);
  const outputs = x.graph.apply(layerNormOp, [x, ones], { epsilon: { float: epsilon } });
  return { normal: tensorAt(outputs, 0), inverse: tensorAt(outputs, 2) };
}

/**
 * torch.nn.GroupNorm with channels in axis 1: x [N, C, ...], scale and bias [C]. A LayerNormalization over
 * each group's values, because ONNX's GroupNormalization has no GPU kernel in ONNX Runtime.
 */
export function groupNorm(x: Tensor, groups: number, scale: Tensor, bias: Tensor, epsilon: number): Tensor {
  const channels = sizeAt(x.shape, 1);
  if (channels % groups !== 0) throw new ShapeError(`groupNorm: ${channels} channels, ${groups} groups`);
  const grouped = reshape(x, [sizeAt(x.shape, 0) * groups, -1]);
  const normal = reshape(normalise(grouped, epsilon).normal, x.shape);
  const perChannel = x.shape.map((_, axis) => (axis === 1 ? channels : 1));
  return addAlong(mul(normal, reshape(scale, perChannel)), bias, 1);
}

const softmaxOp = defineOp({
  type: 'Softmax',
  infer: (inputs) => {
    const { dtype, shape } = tensorAt(inputs, 0);
    return { dtype, shape };
  },
  attributes: () => ({ axis: -1 }),
});

/** Softmax over the last axis. */
export const softmax = (x: Tensor): Tensor => x.graph.apply1(softmaxOp, [x]);
