import { add, mulScalar } from './ops/elementwise.ts';
import { reshape, slice } from './ops/shaping.ts';
import type { GraphNode, Region, Tensor } from './ir.ts';

/**
 * The second computation of a region's values, for the backward pass.
 *
 * Two things could undo it. ONNX Runtime's common-subexpression elimination would merge the copies with the
 * originals, which then live until the backward pass; and a copy that depends on forward values alone may
 * be scheduled at once, for all layers at the same time. So the values that enter the region are tied to the
 * gradient that reaches it: x + 0 * (one element of that gradient). Neither merging nor early execution is
 * possible then, at the cost of one addition per entering value.
 */
export class Recomputation {
  private readonly copies = new Map<Tensor, Tensor>();
  private readonly nodes = new Map<GraphNode, readonly Tensor[]>();
  private readonly nothing: Tensor | null;
  private readonly region: Region;

  /** @param gradients the gradients of the region's results, complete, or what is computed for each no later. */
  constructor(region: Region, gradients: readonly Tensor[]) {
    this.region = region;
    const zeros = gradients.map((gradient) => mulScalar(slice(reshape(gradient, [-1]), 0, 0, 1), 0));
    this.nothing = zeros.length === 0 ? null : zeros.reduce(add);
  }

  /** The recomputed copy of a value made inside the region; any other value is itself. */
  readonly copyOf = (tensor: Tensor): Tensor => {
    const { source } = tensor;
    if (source.kind !== 'node' || source.node.region !== this.region) return tensor;
    const { node } = source;
    let outputs = this.nodes.get(node);
    if (!outputs) {
      outputs = node.inputs[0]?.graph.apply(node.op, node.inputs.map(this.enter), node.parameters) ?? [];
      this.nodes.set(node, outputs);
    }
    const copy = outputs[node.outputs.indexOf(tensor)];
    if (!copy) throw new Error(`${node.scope}: ${node.op.type} cannot be recomputed`);
    return copy;
  };

  private readonly enter = (tensor: Tensor): Tensor => {
    const copy = this.copyOf(tensor);
    const { kind } = tensor.source;
    if (copy !== tensor || kind === 'constant' || kind === 'external' || !this.nothing) return copy;
    if (tensor.dtype !== this.nothing.dtype) return copy;
    const known = this.copies.get(tensor);
    if (known) return known;
    const tied = add(tensor, this.nothing);
    this.copies.set(tensor, tied);
    return tied;
  };
}
