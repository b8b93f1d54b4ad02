import { plainAccumulation, type Accumulation } from './accumulation.ts';
import { Recomputation } from './recomputation.ts';
import { isFloat } from './dtype.ts';
import { tensorAt } from './defineOp.ts';
import { expand } from './ops/shaping.ts';
import { broadcastShapes, formatShape, numel, sameShape } from './shape.ts';
import type { GraphNode, Region, Tensor } from './ir.ts';
import type { GradientMethod, VjpContext } from './vjp/vjp.ts';
import { vjpOf } from './vjp/rules.ts';

/**
 * Reverse-mode automatic differentiation: appends to the graph, as plain ONNX ops, the computation of
 * dLoss/dInput for each of `inputs` and returns those tensors (shapes as the inputs).
 *
 * The nodes between inputs and loss are visited backwards; each one's vector-Jacobian product (vjp/) turns
 * the gradient of its outputs into that of its inputs, and contributions to one tensor are summed. Nodes
 * that do not depend on `inputs` are never differentiated, so weights get no gradient. Nodes in a
 * recomputation region see copies of the values made inside it (recomputation.ts).
 *
 * @param loss one value, shape [] or [1].
 * @param method choices that change the nodes, not the values
 * @throws Error when the loss does not depend on an input, passes an op that has no backward rule, or when a rule leaves
 *   out a gradient that is needed: a path is never skipped in silence.
 */
export function grad(loss: Tensor, inputs: readonly Tensor[], method: GradientMethod = {}): Tensor[] {
  const { graph } = loss;
  if (numel(loss.shape) !== 1)
    throw new Error(`grad: the loss has shape ${formatShape(loss.shape)}, not one value`);
  const active = dependents(graph.nodes, inputs);
  const path = ancestors(loss, active);

  const { accumulation = plainAccumulation } = method;
  const gradients = new Gradients(accumulation);
  gradients.add(loss, graph.filled(1, loss.shape));
  const recomputations = new Map<Region, Recomputation>();

  for (const node of path) {
    const outputGradients = node.outputs.map((output) => gradients.of(output));
    if (outputGradients.every((gradient) => gradient === null)) continue;
    const rule = vjpOf(node.op.type);
    if (rule === undefined) throw new Error(`grad: ${node.scope}: ${node.op.type} has no backward rule`);
    if (rule === 'constant') continue;

    graph.scope(`grad.${node.scope}`, () => {
      const primal = primalOf(node, gradients, recomputations);
      const read = new Set<number>();
      const context: VjpContext = {
        node,
        input: (index) => primal(tensorAt(node.inputs, index)),
        output: (index) => primal(tensorAt(node.outputs, index)),
        gradient: (index) => {
          read.add(index);
          return outputGradients[index] ?? null;
        },
        needs: (index) => active.has(tensorAt(node.inputs, index)),
        accumulation,
        method,
      };
      const results = rule(context);
      outputGradients.forEach((gradient, index) => {
        if (gradient && !read.has(index)) throw ruleError(node, `ignores the gradient of output ${index}`);
      });
      if (results.length !== node.inputs.length) {
        throw ruleError(
          node,
          `returns ${results.length} gradients for ${counted(node.inputs.length, 'input')}`,
        );
      }
      node.inputs.forEach((input, index) => {
        const gradient = results[index];
        if (!active.has(input)) return;
        if (!gradient) throw ruleError(node, `has no gradient for input ${index}, "${input.name}"`);
        gradients.add(input, gradient);
      });
    });
  }

  return inputs.map((input) => {
    const gradient = gradients.of(input);
    if (!gradient) throw new Error(`grad: the loss does not depend on "${input.name}"`);
    return gradient;
  });
}

/** A mistake in a backward rule: the gradient would be wrong without a sign of it. */
const ruleError = (node: GraphNode, what: string): Error =>
  new Error(`grad: ${node.scope}: ${node.op.type}: its backward rule ${what}`);

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/**
 * All tensors that depend on `inputs`, the inputs among them. An integer or boolean value is piecewise constant in
 * what it is made from: its gradient is zero, and so it is not one of them.
 */
function dependents(nodes: readonly GraphNode[], inputs: readonly Tensor[]): ReadonlySet<Tensor> {
  const active = new Set<Tensor>(inputs);
  for (const node of nodes) {
    if (vjpOf(node.op.type) === 'constant') continue;
    if (!node.inputs.some((input) => active.has(input))) continue;
    node.outputs.filter(({ dtype }) => isFloat(dtype)).forEach((output) => active.add(output));
  }
  return active;
}

/** The active nodes that the loss depends on, latest first: a reverse topological order. */
function ancestors(loss: Tensor, active: ReadonlySet<Tensor>): GraphNode[] {
  const found = new Set<GraphNode>();
  const pending = [loss];
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    if (tensor.source.kind !== 'node' || !active.has(tensor) || found.has(tensor.source.node)) continue;
    found.add(tensor.source.node);
    pending.push(...tensor.source.node.inputs);
  }
  return [...found].sort((a, b) => b.id - a.id);
}

/** Which tensor the backward pass reads for a value of the forward pass: itself, or its recomputed copy. */
function primalOf(
  node: GraphNode,
  gradients: Gradients,
  recomputations: Map<Region, Recomputation>,
): (tensor: Tensor) => Tensor {
  const { region } = node;
  if (!region) return (tensor) => tensor;
  let recomputation = recomputations.get(region);
  if (!recomputation) {
    // All consumers of the region lie behind it, so the gradients that reach it are complete by now.
    recomputation = new Recomputation(region, gradients.reaching(region));
    recomputations.set(region, recomputation);
  }
  const { copyOf } = recomputation;
  return copyOf;
}

/**
 * The gradient of each tensor as a sum of contributions. One that is the same along an axis may have size 1 there: it is
 * broadcast as it is added, or when the gradient is asked for.
 */
class Gradients {
  private readonly sums = new Map<Tensor, Tensor>();
  private readonly accumulation: Accumulation;

  constructor(accumulation: Accumulation) {
    this.accumulation = accumulation;
  }

  add(tensor: Tensor, contribution: Tensor): void {
    if (!sameShape(tensor.shape, broadcastShapes(tensor.shape, contribution.shape))) {
      const shapes = `${formatShape(contribution.shape)} for ${formatShape(tensor.shape)}`;
      throw new Error(`grad: "${tensor.name}" got a gradient of the wrong shape: ${shapes}`);
    }
    const sum = this.sums.get(tensor);
    this.sums.set(tensor, sum ? this.accumulation.accumulate(sum, contribution) : contribution);
  }

  of(tensor: Tensor): Tensor | null {
    const sum = this.sums.get(tensor);
    return sum ? expand(sum, tensor.shape) : null;
  }

  /** What the gradients of the values that a region hands out are waited for by. */
  reaching(region: Region): Tensor[] {
    return [...this.sums].flatMap(([{ source }, gradient]) =>
      source.kind === 'node' && source.node.region === region ? [this.accumulation.awaited(gradient)] : [],
    );
  }
}
