import type { GraphNode, Tensor } from '../ir.ts';
import { castWeight } from './names.ts';

/** Outputs by the name under which the session returns them. */
export type Outputs = Readonly<Record<string, Tensor>>;

/** What one set of outputs depends on. */
export interface Part {
  readonly prefix: string;
  readonly outputs: readonly (readonly [string, Tensor])[];
  readonly inputs: readonly Tensor[];
  readonly constants: readonly Tensor[];
  readonly weights: readonly Tensor[];
  /** Casts of weights; they belong to the weights. */
  readonly casts: readonly GraphNode[];
  readonly nodes: readonly GraphNode[];
  readonly used: ReadonlySet<Tensor>;
}

export function partOf(outputs: Outputs, prefix: string): Part {
  const named = Object.entries(outputs);
  const { nodes, leaves } = reachable(named.map(([, tensor]) => tensor));
  const isCast = (node: GraphNode): boolean => node.outputs.some((output) => castWeight(output) !== null);
  const ofKind = (kind: Tensor['source']['kind']): Tensor[] =>
    leaves.filter(({ source }) => source.kind === kind);
  return {
    prefix,
    outputs: named,
    inputs: ofKind('input'),
    constants: ofKind('constant'),
    weights: ofKind('external'),
    casts: nodes.filter(isCast),
    nodes: nodes.filter((node) => !isCast(node)),
    used: new Set([...nodes.flatMap((node) => node.inputs), ...named.map(([, tensor]) => tensor)]),
  };
}

/** What the outputs depend on: nodes in topological order, and inputs, constants and weights. */
function reachable(outputs: readonly Tensor[]): { nodes: GraphNode[]; leaves: Tensor[] } {
  const nodes = new Set<GraphNode>();
  const leaves = new Set<Tensor>();
  const pending = [...outputs];
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    if (tensor.source.kind !== 'node') {
      leaves.add(tensor);
    } else if (!nodes.has(tensor.source.node)) {
      nodes.add(tensor.source.node);
      pending.push(...tensor.source.node.inputs);
    }
  }
  const byId = (a: { id: number }, b: { id: number }): number => a.id - b.id;
  return { nodes: [...nodes].sort(byId), leaves: [...leaves].sort(byId) };
}
