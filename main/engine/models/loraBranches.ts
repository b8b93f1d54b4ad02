import { conv2d, type ConvolutionOptions } from '../graph/ops/convolution.ts';
import { add, cast, mul, mulScalar } from '../graph/ops/elementwise.ts';
import { linear } from '../graph/ops/linear.ts';
import type { Graph } from '../graph/graph.ts';
import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/ir.ts';
import type { LoraLayer, LoraLayers } from '../weights/lora/lora.ts';
import type { TensorEntry } from '../weights/tensorDirectory.ts';
import type { DecoratedLayer, LayerDecorator } from './layerDecorator.ts';

/** A LoRA that is applied to one network. */
export interface AppliedLora {
  readonly layers: LoraLayers;
  /** Graph input, float32 []: the weight, fed at every run, so that another one needs no other graph. */
  readonly weightInput: string;
}

/**
 * y + sum over the LoRAs of weight alpha / rank B A x for a linear layer y = W x + b (Hu et al. 2021, equation 3). The
 * branch is computed beside the layer: W is used as it is, for both are read in place.
 */
export function loraBranches(loras: readonly AppliedLora[]): LayerDecorator {
  return {
    decorates: (path) => loras.some(({ layers }) => layers.has(path)),
    linear: (layer, x, y) => withBranches(loras, layer, y, (branch) => linearBranch(layer, branch, x, y)),
    convolution: (layer, x, y, options) =>
      withBranches(loras, layer, y, (branch) => convBranch(layer, branch, x, y, options)),
  };
}

interface Branch {
  /** A x. */
  readonly hidden: Tensor;
  /** B times it. */
  readonly widen: (hidden: Tensor) => Tensor;
}

function linearBranch(own: DecoratedLayer, branch: LoraLayer, x: Tensor, y: Tensor): Branch {
  const down = own.foreign(branch.down, `${own.path}.lora_down`, [branch.rank, sizeAt(x.shape, -1)]);
  const up = own.foreign(branch.up, `${own.path}.lora_up`, [sizeAt(y.shape, -1), branch.rank]);
  const mid = branch.mid && own.foreign(branch.mid, `${own.path}.lora_mid`, [branch.rank, branch.rank]);
  const hidden = linear(x, down);
  return { hidden: mid ? linear(hidden, mid) : hidden, widen: (narrow) => linear(narrow, up) };
}

/**
 * The same for a convolution: the first matrix is one with the layer's kernel, stride and padding, the second is 1x1. Where
 * there are three (LyCORIS, modules/locon.py), the kernel is that of the middle one. No branch has a bias, so the zeros of the
 * padding are the same before and behind the first.
 */
function convBranch(
  own: DecoratedLayer,
  branch: LoraLayer,
  x: Tensor,
  y: Tensor,
  options: ConvolutionOptions,
): Branch {
  const { rank } = branch;
  const inputs = sizeAt(x.shape, 1);
  const up = own.foreign(branch.up, `${own.path}.lora_up`, [sizeAt(y.shape, 1), rank, 1, 1]);
  const widen = (hidden: Tensor): Tensor => conv2d(hidden, up, null);
  if (branch.mid) {
    const down = own.foreign(branch.down, `${own.path}.lora_down`, [rank, inputs, 1, 1]);
    const mid = own.foreign(branch.mid, `${own.path}.lora_mid`, [rank, rank, ...kernelOf(branch.mid)]);
    return { hidden: conv2d(conv2d(x, down, null), mid, null, options), widen };
  }
  const down = own.foreign(branch.down, `${own.path}.lora_down`, [rank, inputs, ...kernelOf(branch.down)]);
  return { hidden: conv2d(x, down, null, options), widen };
}

/** A 1x1 kernel may be stored as a matrix. */
function kernelOf({ shape }: TensorEntry): [number, number] {
  const [height = 1, width = 1] = shape.slice(2);
  return [height, width];
}

/** Scaled where it is narrowest, between the two matrices. */
function withBranches(
  loras: readonly AppliedLora[],
  own: DecoratedLayer,
  y: Tensor,
  build: (layer: LoraLayer) => Branch,
): Tensor {
  return loras.reduce((sum, { layers, weightInput }) => {
    const layer = layers.get(own.path);
    if (layer === undefined) return sum;
    return own.graph.scope(weightInput, () => {
      const { hidden, widen } = build(layer);
      const weight = scalarInput(own.graph, weightInput);
      const scaled = layer.scale === 1 ? weight : mulScalar(weight, layer.scale);
      return add(sum, widen(mul(hidden, cast(scaled, hidden.dtype))));
    });
  }, y);
}

/** A number that is fed; all layers share it. */
const scalarInput = (graph: Graph, name: string): Tensor =>
  graph.inputs.find((input) => input.name === name) ?? graph.input(name, 'float32', []);
