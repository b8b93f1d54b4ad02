import { onnxType } from '../dtype.ts';
import type { ExternalData, GraphNode, ParameterValue, Tensor } from '../ir.ts';
import { castNameFor, castWeight, valueName } from './names.ts';
import type { Part } from './part.ts';
import { ProtobufWriter } from './protobuf.ts';

/** ONNX 1.15: the newest opset that all of ONNX Runtime's providers know. */
export const OPSET = 20;
const IR_VERSION = 9;

export function modelProto(writeGraph: (graph: ProtobufWriter) => void): Uint8Array {
  return new ProtobufWriter()
    .int(1, IR_VERSION)
    .text(2, 'isac-studio')
    .message(7, (graph) => {
      graph.text(2, 'graph');
      writeGraph(graph);
    })
    .message(8, (opset) => opset.text(1, '').int(2, OPSET))
    .message(8, (opset) => opset.text(1, 'com.microsoft').int(2, 1))
    .finish();
}

/** Weights and their casts, each once. */
export function writeWeights(graph: ProtobufWriter, parts: readonly Part[], externalRoot: string): void {
  const written = new Set<string>();
  const once = (name: string, write: () => void): void => {
    if (written.has(name)) return;
    written.add(name);
    write();
  };
  for (const { weights, casts, used } of parts) {
    for (const weight of weights) {
      once(valueName(weight, ''), () =>
        graph.message(5, (writer) => writeInitializer(writer, weight, '', externalRoot)),
      );
    }
    for (const node of casts) {
      const [output] = node.outputs;
      if (output)
        once(valueName(output, ''), () => graph.message(1, (writer) => writeNode(writer, node, used, '')));
    }
  }
}

/** A cast of a weight for each node that reads it. */
export function writeCastsAtUse(graph: ProtobufWriter, { nodes, outputs }: Part): void {
  if (outputs.some(([, tensor]) => castWeight(tensor))) throw new Error('a weight is no output of a model');
  for (const node of nodes) {
    for (const cast of new Set(node.inputs)) {
      const weight = castWeight(cast);
      if (weight === null) continue;
      const name = castNameFor(cast, node);
      graph.message(1, (writer) => {
        writer.text(1, valueName(weight, '')).text(2, name).text(3, name).text(4, 'Cast');
        writer.message(5, (attribute) => writeAttribute(attribute, 'to', onnxType(cast.dtype)));
      });
    }
  }
}

/** A part's own constants and nodes. */
export function writeBody(
  graph: ProtobufWriter,
  { prefix, constants, nodes, used }: Part,
  castsAtUse = false,
): void {
  for (const constant of constants)
    graph.message(5, (writer) => writeInitializer(writer, constant, prefix, ''));
  const nameOf = (input: Tensor, node: GraphNode): string =>
    castsAtUse && castWeight(input) ? castNameFor(input, node) : valueName(input, prefix);
  for (const node of nodes) graph.message(1, (writer) => writeNode(writer, node, used, prefix, nameOf));
}

export const writeIdentity = (graph: ProtobufWriter, from: string, to: string): void => {
  graph.message(1, (writer) => writer.text(1, from).text(2, to).text(3, `output ${to}`).text(4, 'Identity'));
};

function writeNode(
  writer: ProtobufWriter,
  node: GraphNode,
  used: ReadonlySet<Tensor>,
  prefix: string,
  nameOf: (input: Tensor, node: GraphNode) => string = (input) => valueName(input, prefix),
): void {
  const { slots } = node.op;
  let next = 0;
  node.inputs.forEach((input, index) => {
    for (const slot = slots?.[index] ?? next; next < slot; next++) writer.text(1, '');
    writer.text(1, nameOf(input, node));
    next++;
  });
  // Only where ONNX says so: Split with an output left out ends the process.
  const last = node.op.optionalOutputs ? node.outputs.findLastIndex((output) => used.has(output)) : Infinity;
  for (const output of node.outputs.slice(0, last + 1)) writer.text(2, valueName(output, prefix));
  writer.text(3, `${prefix}${node.scope}/${node.op.type}_${node.id}`).text(4, node.op.type);
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

function writeInitializer(
  writer: ProtobufWriter,
  tensor: Tensor,
  prefix: string,
  externalRoot: string,
): void {
  for (const size of tensor.shape) writer.int(1, size);
  writer.int(2, onnxType(tensor.dtype)).text(8, valueName(tensor, prefix));
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

/** @param value with shape null the shape is left open */
export function writeValueInfo(
  writer: ProtobufWriter,
  name: string,
  { dtype, shape }: { dtype: Tensor['dtype']; shape: Tensor['shape'] | null },
): void {
  writer.text(1, name).message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.int(1, onnxType(dtype));
      if (shape === null) return;
      tensor.message(2, (dims) => {
        for (const size of shape) dims.message(1, (dim) => dim.int(1, size));
      });
    }),
  );
}
