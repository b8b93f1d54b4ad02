import { add } from '../../graph/ops/elementwise.ts';
import { reshape, transpose } from '../../graph/ops/shaping.ts';
import type { Tensor } from '../../graph/ir.ts';
import { groupNormLayer, linearLayer, pointwiseLayer } from '../layers.ts';
import type { ParameterScope } from '../parameterScope.ts';
import type { UnetContext } from './context.ts';
import { transformerBlock } from './transformerBlock.ts';

/** Fixed in diffusers' Transformer2DModel, whatever the config says of other norms. */
const EPSILON = 1e-6;

export interface TransformerOptions {
  readonly heads: number;
  /** Transformer blocks one after the other. */
  readonly depth: number;
  /** proj_in and proj_out are stored as linear layers, not as 1x1 convolutions. */
  readonly linearProjection: boolean;
}

/** diffusers' Transformer2DModel (models/transformers/transformer_2d.py): x [N, C, H, W], same shape out. */
export function transformer(
  weights: ParameterScope,
  x: Tensor,
  options: TransformerOptions,
  context: UnetContext,
): Tensor {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const project = options.linearProjection ? linearLayer : pointwiseLayer;
  const normal = groupNormLayer(weights, 'norm', reshape(x, [batch, channels, -1]), context.groups, EPSILON);
  const rows = reshape(transpose(normal, [0, 2, 1]), [-1, channels]);
  let hidden = project(weights, 'proj_in', rows, channels);
  for (let index = 0; index < options.depth; index++) {
    hidden = weights.layer(`transformer_blocks.${index}`, (own) =>
      transformerBlock(own, hidden, options.heads, context, { height, width }),
    );
  }
  const tokens = reshape(project(weights, 'proj_out', hidden, channels), [batch, -1, channels]);
  return add(reshape(transpose(tokens, [0, 2, 1]), x.shape), x);
}
