import { conv2d, type ConvolutionOptions } from '../graph/ops/convolution.ts';
import { add, mul, mulScalar } from '../graph/ops/elementwise.ts';
import { linear } from '../graph/ops/linear.ts';
import type { Graph } from '../graph/graph.ts';
import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { LoraLayer, LoraLayers } from '../weights/lora/lora.ts';
import type { Weights } from './weights.ts';

/** A LoRA that is applied to one network. */
export interface AppliedLora {
  readonly layers: LoraLayers;
  /** Graph input, float32 []: the weight, fed at every run, so that another one needs no other graph. */
  readonly weightInput: string;
}

/**
 * y + sum over the LoRAs of weight alpha / rank B A x for a linear layer y = W x + b (Hu et al. 2021, equation 3). The
 * branch is computed beside the layer: W is used as it is, for both are read in place.
 *
 * @param own the layer's weights
 */
export function withLinearBranches(own: Weights, x: Tensor, y: Tensor): Tensor {
  return withBranches(own, y, (branch) => {
    const down = own.foreign(branch.down, `${own.path}.lora_down`, [branch.rank, sizeAt(x.shape, -1)]);
    const up = own.foreign(branch.up, `${own.path}.lora_up`, [sizeAt(y.shape, -1), branch.rank]);
    return { hidden: linear(x, down), widen: (hidden) => linear(hidden, up) };
  });
}

/** The same for a convolution: the first matrix is one with the layer's kernel, stride and padding, the second is 1x1. */
export function withConvBranches(own: Weights, x: Tensor, y: Tensor, options: ConvolutionOptions): Tensor {
  return withBranches(own, y, (branch) => {
    // A 1x1 kernel may be stored as a matrix.
    const [kernelHeight = 1, kernelWidth = 1] = branch.down.shape.slice(2);
    const kernel = [branch.rank, sizeAt(x.shape, 1), kernelHeight, kernelWidth];
    const down = own.foreign(branch.down, `${own.path}.lora_down`, kernel);
    const up = own.foreign(branch.up, `${own.path}.lora_up`, [sizeAt(y.shape, 1), branch.rank, 1, 1]);
    return { hidden: conv2d(x, down, null, options), widen: (hidden) => conv2d(hidden, up, null) };
  });
}

interface Branch {
  /** A x. */
  readonly hidden: Tensor;
  /** B times it. */
  widen(hidden: Tensor): Tensor;
}

/** Scaled where it is narrowest, between the two matrices. */
function withBranches(own: Weights, y: Tensor, build: (layer: LoraLayer) => Branch): Tensor {
  return own.loras.reduce((sum, { layers, weightInput }) => {
    const layer = layers.get(own.path);
    if (layer === undefined) return sum;
    return own.graph.scope(weightInput, () => {
      const { hidden, widen } = build(layer);
      const weight = scalarInput(own.graph, weightInput);
      return add(sum, widen(mul(hidden, layer.scale === 1 ? weight : mulScalar(weight, layer.scale))));
    });
  }, y);
}

/** A number that is fed; all layers share it. */
const scalarInput = (graph: Graph, name: string): Tensor =>
  graph.inputs.find((input) => input.name === name) ?? graph.input(name, 'float32', []);
