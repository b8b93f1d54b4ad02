import { onnxType } from '../dtype.ts';
import type { ExternalData, GraphNode, ParameterValue, Tensor } from '../tensor.ts';
import { ProtobufWriter } from './protobuf.ts';

/** ONNX 1.15: the newest opset that all of ONNX Runtime's providers know. */
export const OPSET = 20;
const IR_VERSION = 9;

export interface EncodedModel {
  /** A serialised ONNX ModelProto. */
  readonly bytes: Uint8Array;
  /** The inputs that the outputs depend on: these have to be fed. */
  readonly inputs: readonly Tensor[];
  readonly nodeCount: number;
}

/**
 * Serialises the part of a graph that `outputs` depend on.
 *
 * @param outputs by the name under which the session returns them.
 * @param externalRoot folder (absolute, ending in a slash) that holds every external weights file; locations are
 *   written relative to it, because ONNX Runtime accepts nothing that leads out of it.
 */
export function encodeModel(outputs: Readonly<Record<string, Tensor>>, externalRoot: string): EncodedModel {
  const named = Object.entries(outputs);
  const { nodes, leaves } = reachable(named.map(([, tensor]) => tensor));
  const used = new Set([...nodes.flatMap((node) => node.inputs), ...named.map(([, tensor]) => tensor)]);
  const inputs = leaves.filter(({ source }) => source.kind === 'input');

  const bytes = new ProtobufWriter()
    .int(1, IR_VERSION)
    .text(2, 'isac-studio')
    .message(7, (graph) => {
      for (const node of nodes) graph.message(1, (writer) => writeNode(writer, node, used));
      // Outputs get their own names through an Identity, which ONNX Runtime removes.
      for (const [name, tensor] of named) {
        graph.message(1, (writer) => writer.text(1, valueName(tensor)).text(2, name).text(4, 'Identity'));
      }
      graph.text(2, 'graph');
      for (const leaf of leaves) {
        if (leaf.source.kind !== 'input')
          graph.message(5, (writer) => writeInitializer(writer, leaf, externalRoot));
      }
      for (const input of inputs)
        graph.message(11, (writer) => writeValueInfo(writer, valueName(input), input));
      for (const [name, tensor] of named) graph.message(12, (writer) => writeValueInfo(writer, name, tensor));
    })
    .message(8, (opset) => opset.text(1, '').int(2, OPSET))
    .message(8, (opset) => opset.text(1, 'com.microsoft').int(2, 1))
    .finish();
  return { bytes, inputs, nodeCount: nodes.length };
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

/** Fed inputs keep their name; every other value is called after its id. */
const valueName = ({ source, name, id }: Tensor): string => (source.kind === 'input' ? name : `v${id}`);

function writeNode(writer: ProtobufWriter, node: GraphNode, used: ReadonlySet<Tensor>): void {
  const { slots } = node.op;
  let next = 0;
  node.inputs.forEach((input, index) => {
    for (const slot = slots?.[index] ?? next; next < slot; next++) writer.text(1, '');
    writer.text(1, valueName(input));
    next++;
  });
  // Only where ONNX says so: Split with an output left out ends the process.
  const last = node.op.optionalOutputs ? node.outputs.findLastIndex((output) => used.has(output)) : Infinity;
  for (const output of node.outputs.slice(0, last + 1)) writer.text(2, valueName(output));
  writer.text(3, `${node.scope}/${node.op.type}_${node.id}`).text(4, node.op.type);
  for (const [name, value] of Object.entries(node.op.attributes(node.parameters))) {
    writer.message(5, (attribute) => writeAttribute(attribute, name, value));
  }
  if (node.op.domain) writer.text(7, node.op.domain);
}

function writeAttribute(writer: ProtobufWriter, name: string, value: ParameterValue): void {
  writer.text(1, name);
  if (typeof value === 'number') writer.int(3, value).int(20, 2);
  else if (typeof value === 'string') writer.text(4, value).int(20, 3);
  else if ('float' in value) writer.float(2, value.float).int(20, 1);
  else {
    for (const item of value) writer.int(8, item);
    writer.int(20, 7);
  }
}

function writeInitializer(writer: ProtobufWriter, tensor: Tensor, externalRoot: string): void {
  for (const size of tensor.shape) writer.int(1, size);
  writer.int(2, onnxType(tensor.dtype)).text(8, valueName(tensor));
  const { source } = tensor;
  if (source.kind === 'constant') {
    writer.data(9, source.data);
  } else if (source.kind === 'external') {
    const entries = externalEntries(source.data, externalRoot);
    for (const [key, value] of entries) writer.message(13, (entry) => entry.text(1, key).text(2, value));
    writer.int(14, 1);
  }
}

function externalEntries({ file, offset, byteLength }: ExternalData, root: string): [string, string][] {
  if (!file.startsWith(root)) throw new Error(`weights file ${file} does not lie in ${root}`);
  return [
    ['location', file.slice(root.length)],
    ['offset', String(offset)],
    ['length', String(byteLength)],
  ];
}

function writeValueInfo(writer: ProtobufWriter, name: string, { dtype, shape }: Tensor): void {
  writer.text(1, name).message(2, (type) =>
    type.message(1, (tensor) =>
      tensor.int(1, onnxType(dtype)).message(2, (dims) => {
        for (const size of shape) dims.message(1, (dim) => dim.int(1, size));
      }),
    ),
  );
}
