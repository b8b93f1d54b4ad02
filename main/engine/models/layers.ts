import { conv2d, type ConvolutionOptions } from '../graph/ops/convolution.ts';
import { linear } from '../graph/ops/linear.ts';
import { cast } from '../graph/ops/elementwise.ts';
import { groupNorm, layerNorm } from '../graph/ops/normalisation.ts';
import { split } from '../graph/ops/shaping.ts';
import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/ir.ts';
import type { ParameterScope } from './parameterScope.ts';

/** torch.nn.Linear `name`: x [..., in] to [..., features]. */
export function linearLayer(
  weights: ParameterScope,
  name: string,
  x: Tensor,
  features: number,
  bias = true,
): Tensor {
  return weights.layer(name, (own) => {
    const weight = own.tensor('weight', [features, sizeAt(x.shape, -1)]);
    return own.decorator.linear(own, x, linear(x, weight, bias ? own.tensor('bias', [features]) : null));
  });
}

/**
 * torch.nn.Linear `name` whose features are two equal parts that go different ways: x [..., in] to both. Each is a product
 * with its own half of the weight where that lies in the file, so that nothing is copied apart, and together again backwards.
 */
export function linearHalves(
  weights: ParameterScope,
  name: string,
  x: Tensor,
  features: number,
): [Tensor, Tensor] {
  if (weights.decorator.decorates(weights.path === '' ? name : `${weights.path}.${name}`))
    return split(linearLayer(weights, name, x, features), 2, -1) as [Tensor, Tensor];
  const shape = [features, sizeAt(x.shape, -1)];
  return weights.layer(name, (own): [Tensor, Tensor] => {
    const half = (index: 0 | 1): Tensor =>
      linear(x, own.half('weight', shape, index), own.half('bias', [features], index));
    return [half(0), half(1)];
  });
}

/** A 1x1 convolution `name`, applied to tokens [N, T, in] as the matrix it is. */
export function pointwiseLayer(weights: ParameterScope, name: string, x: Tensor, features: number): Tensor {
  const size = sizeAt(x.shape, -1);
  return weights.layer(name, (own) => {
    const weight = own.tensor('weight', [features, size, 1, 1], [features, size]);
    return own.decorator.linear(own, x, linear(x, weight, own.tensor('bias', [features])));
  });
}

/** torch.nn.Conv2d `name` with a square kernel: x [N, C, H, W]. */
export function convLayer(
  weights: ParameterScope,
  name: string,
  x: Tensor,
  channels: number,
  kernel: 1 | 3,
  options: ConvolutionOptions = {},
): Tensor {
  return weights.layer(name, (own) => {
    const weight = own.tensor('weight', [channels, sizeAt(x.shape, 1), kernel, kernel]);
    return own.decorator.convolution(
      own,
      x,
      conv2d(x, weight, own.tensor('bias', [channels]), options),
      options,
    );
  });
}

/** A 3x3 convolution `name` that keeps the image's size. */
export const conv3x3 = (weights: ParameterScope, name: string, x: Tensor, channels: number): Tensor =>
  convLayer(weights, name, x, channels, 3, { padding: [1, 1, 1, 1] });

/** torch.nn.LayerNorm `name` over the last axis; computed in float32. */
export function layerNormLayer(weights: ParameterScope, name: string, x: Tensor, epsilon = 1e-5): Tensor {
  const size = sizeAt(x.shape, -1);
  return weights.layer(name, (own) =>
    inFloat32(x, (wide) =>
      layerNorm(wide, parameter(own, 'weight', size), parameter(own, 'bias', size), epsilon),
    ),
  );
}

/** torch.nn.GroupNorm `name` with channels in axis 1; computed in float32. */
export function groupNormLayer(
  weights: ParameterScope,
  name: string,
  x: Tensor,
  groups: number,
  epsilon: number,
): Tensor {
  const channels = sizeAt(x.shape, 1);
  return weights.layer(name, (own) =>
    inFloat32(x, (wide) =>
      groupNorm(wide, groups, parameter(own, 'weight', channels), parameter(own, 'bias', channels), epsilon),
    ),
  );
}

const parameter = (own: ParameterScope, name: string, size: number): Tensor =>
  own.tensor(name, [size], [size], 'float32');

/** Sums of squares leave float16's range, and means its precision. */
const inFloat32 = (x: Tensor, build: (wide: Tensor) => Tensor): Tensor =>
  cast(build(cast(x, 'float32')), x.dtype);
