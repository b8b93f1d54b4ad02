import { partOf } from '../../../main/engine/graph/onnx/part.ts';
import type { Tensor } from '../../../main/engine/graph/ir.ts';
import { formatShape } from '../../../main/engine/graph/shape.ts';

/**
 * The nodes that some outputs depend on, one a line, as they run: `c [2] = Add(a, 1)`. Values get letters in the order of
 * their nodes; shapes and axes that ONNX takes as inputs are written as lists.
 */
export function printNodes(outputs: readonly Tensor[]): string {
  const { nodes } = partOf(Object.fromEntries(outputs.map((output, index) => [`${index}`, output])), '');
  const letters = new Map(
    nodes.map(({ outputs: [first] }, index) => [first, String.fromCharCode(97 + index)]),
  );
  const nameOf = (tensor: Tensor): string => {
    if (tensor.source.kind !== 'constant') return letters.get(tensor) ?? tensor.name;
    const { buffer } = tensor.source.data.slice();
    const values = tensor.dtype === 'int64' ? new BigInt64Array(buffer) : new Float32Array(buffer);
    return tensor.dtype === 'int64' ? `[${values.join(', ')}]` : `${values[0]}`;
  };
  const lines = nodes.map((node) => {
    const [first] = node.outputs;
    const made = first ? `${nameOf(first)} ${formatShape(first.shape)}` : '';
    return `${made} = ${node.op.type}(${node.inputs.map(nameOf).join(', ')})`;
  });
  return lines.join('\n');
}
