import { onnxType } from '../dtype.ts';
import type { EncodedModel, FedInput } from './encode.ts';
import { BRANCH_INPUT } from './encode.ts';
import { valueName } from './names.ts';
import { partOf, type Outputs, type Part } from './part.ts';
import type { ProtobufWriter } from './protobuf.ts';
import { modelProto, writeBody, writeIdentity, writeValueInfo, writeWeights } from './writers.ts';

/**
 * Serialises several graphs as the branches of one model. ONNX Runtime runs the branch whose number is fed as
 * `branch` and nothing of the others, and the weights exist once: on a device with memory of its own, that is the
 * difference between one copy of the model and one per graph. Inputs of the same name must have the same shape.
 */
export function encodeBranches(
  branches: Readonly<Record<string, Outputs>>,
  externalRoot: string,
): EncodedModel {
  const names = Object.keys(branches);
  const parts = Object.values(branches).map((outputs, index) => partOf(outputs, `b${index}.`));
  const inputs = sharedInputs(parts);
  const outputNames = [...new Set(parts.flatMap(({ outputs }) => outputs.map(([name]) => name)))];
  const bytes = modelProto((graph) => {
    writeWeights(graph, parts, externalRoot);
    parts.slice(1).forEach((_, index) => writeComparison(graph, index));
    writeChoice(graph, parts, outputNames, 0);
    graph.message(11, (writer) => writeValueInfo(writer, BRANCH_INPUT, { dtype: 'int64', shape: [] }));
    for (const input of inputs) graph.message(11, (writer) => writeValueInfo(writer, input.name, input));
    // The branches' shapes differ, so the outputs have none.
    for (const name of outputNames)
      graph.message(12, (writer) => writeValueInfo(writer, name, { dtype: 'float32', shape: null }));
  });
  const nodeCount = parts.reduce((sum, { nodes }) => sum + nodes.length, 0);
  return { bytes, inputs, nodeCount, branches: names, castsAtUse: false };
}

function sharedInputs(parts: readonly Part[]): FedInput[] {
  const inputs = new Map<string, FedInput>();
  for (const input of parts.flatMap((part) => part.inputs)) {
    const known = inputs.get(input.name);
    if (known && (known.dtype !== input.dtype || known.shape.join() !== input.shape.join())) {
      throw new Error(`input "${input.name}" has shape [${known.shape.join()}] in one branch, [${input.shape.join()}] in another`); // prettier-ignore
    }
    inputs.set(input.name, known ?? input);
  }
  return [...inputs.values()];
}

/** is_<index> = (branch == index). */
function writeComparison(graph: ProtobufWriter, index: number): void {
  const constant = `number_${index}`;
  graph.message(5, (writer) => writer.int(2, onnxType('int64')).text(8, constant).data(9, new Uint8Array(new BigInt64Array([BigInt(index)]).buffer))); // prettier-ignore
  graph.message(1, (writer) => writer.text(1, BRANCH_INPUT).text(1, constant).text(2, `is_${index}`).text(3, `is_${index}`).text(4, 'Equal')); // prettier-ignore
}

/** If is_<index> then this part, else the choice among the rest. */
function writeChoice(
  graph: ProtobufWriter,
  parts: readonly Part[],
  outputNames: readonly string[],
  index: number,
): void {
  const part = parts[index];
  if (!part) throw new Error('a branched model needs a branch');
  const last = index === parts.length - 1;
  const results = (depth: number): string[] =>
    outputNames.map((name) => (depth === 0 ? name : `else_${depth} ${name}`));
  const branch =
    (depth: number, write: (writer: ProtobufWriter) => void): ((writer: ProtobufWriter) => void) =>
    (writer) => {
      writer.text(2, `branch_${index}_${depth}`);
      write(writer);
    };
  if (last && index === 0) {
    writeBranchBody(graph, part, outputNames, results(0));
    return;
  }
  const mine = outputNames.map((name) => `then_${index} ${name}`);
  const others = results(index + 1);
  graph.message(1, (node) => {
    node.text(1, `is_${index}`);
    for (const name of results(index)) node.text(2, name);
    node.text(3, `if_${index}`).text(4, 'If');
    const attribute = (name: string, write: (writer: ProtobufWriter) => void): void => {
      node.message(5, (writer) => writer.text(1, name).message(6, write).int(20, 5));
    };
    attribute(
      'then_branch',
      branch(0, (body) => {
        // prettier-ignore
        writeBranchBody(body, part, outputNames, mine);
        for (const name of mine)
          body.message(12, (writer) => writeValueInfo(writer, name, { dtype: 'float32', shape: null }));
      }),
    );
    attribute(
      'else_branch',
      branch(1, (body) => {
        // prettier-ignore
        const rest = parts[index + 1];
        if (index + 1 === parts.length - 1 && rest) writeBranchBody(body, rest, outputNames, others);
        else writeChoice(body, parts, outputNames, index + 1);
        for (const name of others)
          body.message(12, (writer) => writeValueInfo(writer, name, { dtype: 'float32', shape: null }));
      }),
    );
  });
}

/** A branch's nodes; outputs that only others have are one zero. */
function writeBranchBody(
  graph: ProtobufWriter,
  part: Part,
  outputNames: readonly string[],
  as: readonly string[],
): void {
  writeBody(graph, part);
  const own = new Map(part.outputs);
  outputNames.forEach((name, position) => {
    const tensor = own.get(name);
    const result = as[position] ?? name;
    if (tensor) {
      writeIdentity(graph, valueName(tensor, part.prefix), result);
    } else {
      const zero = `${part.prefix}no ${name}`;
      graph.message(5, (writer) =>
        writer.int(1, 1).int(2, onnxType('float32')).text(8, zero).data(9, new Uint8Array(4)),
      );
      writeIdentity(graph, zero, result);
    }
  });
}
