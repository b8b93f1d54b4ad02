import type { Graph } from '../graph/graph.ts';
import type { Shape, Tensor } from '../graph/ir.ts';
import type { ConvolutionOptions } from '../graph/ops/convolution.ts';
import type { TensorEntry } from '../weights/tensorDirectory.ts';

/** What a decorator sees of the layer that it changes. */
export interface DecoratedLayer {
  readonly graph: Graph;
  /** Layer path as diffusers names it: "down_blocks.0.attentions.1.proj_in". */
  readonly path: string;
  /** A tensor of another file, which was checked when that was opened, read with a shape of the same size. */
  foreign(entry: TensorEntry, name: string, read: Shape): Tensor;
}

/** Changes the outputs of a network's layers, beside their own weights: LoRA (loraBranches.ts). */
export interface LayerDecorator {
  /** Whether it changes the layer at a path. */
  decorates(path: string): boolean;
  /** The output of a linear layer: x [..., in], y = W x + b [..., out]. */
  linear(layer: DecoratedLayer, x: Tensor, y: Tensor): Tensor;
  /** The output of a convolution: x [N, C, H, W], y [N, O, h, w], with the layer's options. */
  convolution(layer: DecoratedLayer, x: Tensor, y: Tensor, options: ConvolutionOptions): Tensor;
}

/** Every layer as its weights make it. */
export const undecorated: LayerDecorator = {
  decorates: () => false,
  linear: (_layer, _x, y) => y,
  convolution: (_layer, _x, y) => y,
};
