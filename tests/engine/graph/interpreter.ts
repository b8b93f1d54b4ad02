import { intOf, intsOf, floatOf } from '../../../main/engine/graph/defineOp.ts';
import { numel } from '../../../main/engine/graph/shape.ts';
import type { GraphNode, Shape, Tensor } from '../../../main/engine/graph/ir.ts';

/** Values of any element type in float64; booleans are 0 and 1. */
export interface Value {
  readonly data: Float64Array;
  readonly shape: Shape;
}

type Kernel = (inputs: readonly Value[], node: GraphNode) => Value | readonly Value[];

/**
 * Computes values of a graph in float64, in plain loops: written from the definitions of ONNX's operators
 * (onnx.ai/onnx/operators), so that differences of it are exact to about 1e-9 and judge the backward rules.
 *
 * @param feeds a value of each input, by name
 */
export function interpret(
  tensors: readonly Tensor[],
  feeds: Readonly<Record<string, Float64Array>>,
): Value[] {
  const known = new Map<Tensor, Value>();
  const valueOf = (tensor: Tensor): Value => {
    const before = known.get(tensor);
    if (before) return before;
    const { source, shape } = tensor;
    if (source.kind === 'node') {
      const { node } = source;
      const kernel = kernels[node.op.type];
      if (!kernel) throw new Error(`the interpreter has no ${node.op.type}`);
      const made = kernel(node.inputs.map(valueOf), node);
      const outputs = 'data' in made ? [made] : made;
      node.outputs.forEach((output, index) => {
        const value = outputs[index];
        if (value) known.set(output, value);
      });
    } else if (source.kind === 'constant') {
      known.set(tensor, { data: constantValues(tensor.dtype, source.data), shape });
    } else {
      const data = feeds[tensor.name];
      if (data?.length !== numel(shape)) throw new Error(`no values for "${tensor.name}"`);
      known.set(tensor, { data, shape });
    }
    return valueOf(tensor);
  };
  return tensors.map(valueOf);
}

function constantValues(dtype: string, bytes: Uint8Array): Float64Array {
  const { buffer } = bytes.slice();
  if (dtype === 'float32') return Float64Array.from(new Float32Array(buffer));
  if (dtype === 'int64') return Float64Array.from(new BigInt64Array(buffer), Number);
  throw new Error(`the interpreter reads no ${dtype}`);
}

/** All indices of a shape, in row-major order. */
function build(shape: Shape, at: (index: number[]) => number): Value {
  const data = new Float64Array(numel(shape));
  const index = shape.map(() => 0);
  for (let flat = 0; flat < data.length; flat++) {
    data[flat] = at(index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] ?? 0) + 1;
      if (index[axis] !== shape[axis]) break;
      index[axis] = 0;
    }
  }
  return { data, shape };
}

/** The element at an index, the value broadcast from its last axes; 0 outside (padding). */
function read({ data, shape }: Value, index: readonly number[]): number {
  let flat = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis] ?? 0;
    const at = size === 1 ? 0 : (index[index.length - shape.length + axis] ?? 0);
    if (at < 0 || at >= size) return 0;
    flat = flat * size + at;
  }
  return data[flat] ?? 0;
}

const outputShape = (node: GraphNode, index = 0): Shape => node.outputs[index]?.shape ?? [];

const elementwise =
  (f: (...values: number[]) => number): Kernel =>
  (inputs, node) =>
    build(outputShape(node), (index) => f(...inputs.map((input) => read(input, index))));

const reduction =
  (
    start: number,
    step: (sum: number, value: number) => number,
    end = (sum: number, _count: number) => sum,
  ): Kernel =>
  ([x = nothing], node) => {
    const shape = outputShape(node);
    const sums = new Float64Array(numel(shape)).fill(start);
    let flat = 0;
    build(x.shape, (index) => {
      const target = index.reduce(
        (place, at, axis) => place * (shape[axis] ?? 1) + (shape[axis] === 1 ? 0 : at),
        0,
      );
      sums[target] = step(sums[target] ?? 0, x.data[flat++] ?? 0);
      return 0;
    });
    return { data: sums.map((sum) => end(sum, x.data.length / sums.length)), shape };
  };

const nothing: Value = { data: new Float64Array(0), shape: [0] };

/** erf by its Taylor series, exact for the small arguments of the tests. */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function matmul(a: Value, b: Value, shape: Shape): Value {
  const inner = a.shape.at(-1) ?? 0;
  return build(shape, (index) => {
    const [lead, [row = 0, column = 0]] = [index.slice(0, -2), index.slice(-2)];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += read(a, [...lead, row, k]) * read(b, [...lead, k, column]);
    return sum;
  });
}

function softmax(x: Value): Value {
  const size = x.shape.at(-1) ?? 1;
  const data = new Float64Array(x.data.length);
  for (let row = 0; row < data.length; row += size) {
    const powers = x.data.slice(row, row + size).map(Math.exp);
    const sum = powers.reduce((a, b) => a + b);
    powers.forEach((power, i) => (data[row + i] = power / sum));
  }
  return { data, shape: x.shape };
}

const moved = (index: readonly number[], axis: number, by: number): number[] =>
  index.map((at, own) => (own === axis ? at + by : at));

const kernels: Readonly<Record<string, Kernel>> = {
  Add: elementwise((a = 0, b = 0) => a + b),
  Sub: elementwise((a = 0, b = 0) => a - b),
  Mul: elementwise((a = 0, b = 0) => a * b),
  Div: elementwise((a = 0, b = 0) => a / b),
  Max: elementwise(Math.max),
  Min: elementwise(Math.min),
  Greater: elementwise((a = 0, b = 0) => Number(a > b)),
  GreaterOrEqual: elementwise((a = 0, b = 0) => Number(a >= b)),
  Equal: elementwise((a, b) => Number(a === b)),
  Where: elementwise((condition = 0, a = 0, b = 0) => (condition ? a : b)),
  Neg: elementwise((x = 0) => -x),
  Exp: elementwise(Math.exp),
  Log: elementwise(Math.log),
  Sqrt: elementwise(Math.sqrt),
  Abs: elementwise(Math.abs),
  Tanh: elementwise(Math.tanh),
  Sigmoid: elementwise((x = 0) => sigmoid(x)),
  Erf: elementwise((x = 0) => erf(x)),
  Sin: elementwise(Math.sin),
  Cos: elementwise(Math.cos),
  Reciprocal: elementwise((x = 0) => 1 / x),
  Identity: elementwise((x = 0) => x),
  Cast: (inputs, node) => {
    const to = node.outputs[0]?.dtype;
    const convert = (x: number): number =>
      to === 'bool' ? Number(x !== 0) : to === 'int64' ? Math.trunc(x) : x;
    return elementwise((x = 0) => convert(x))(inputs, node);
  },
  Gelu: elementwise((x = 0) => (x * (1 + erf(x * Math.SQRT1_2))) / 2),
  QuickGelu: (inputs, node) => {
    const alpha = floatOf(node.parameters, 'alpha');
    return elementwise((x = 0) => x * sigmoid(alpha * x))(inputs, node);
  },
  ReduceSum: reduction(0, (sum, x) => sum + x),
  ReduceMean: reduction(
    0,
    (sum, x) => sum + x,
    (sum, count) => sum / count,
  ),
  ReduceMax: reduction(-Infinity, Math.max),
  ReduceMin: reduction(Infinity, Math.min),
  Reshape: ([x = nothing], node) => ({ data: x.data.slice(), shape: outputShape(node) }),
  Expand: elementwise((x = 0) => x),
  Transpose: ([x = nothing], node) => {
    const perm = intsOf(node.parameters, 'perm');
    return build(outputShape(node), (index) =>
      read(
        x,
        perm.map((_, axis) => index[perm.indexOf(axis)] ?? 0),
      ),
    );
  },
  Concat: (inputs, node) => {
    const axis = intOf(node.parameters, 'axis');
    return build(outputShape(node), (index) => {
      let start = 0;
      for (const input of inputs) {
        const size = input.shape[axis] ?? 0;
        const at = (index[axis] ?? 0) - start;
        // Not `read` with a size of 1, which would repeat the value.
        if (at < size) return read(input, moved(index, axis, -start));
        start += size;
      }
      throw new Error('Concat');
    });
  },
  Slice: ([x = nothing], node) => {
    const [axis, start] = [intOf(node.parameters, 'axis'), intOf(node.parameters, 'start')];
    return build(outputShape(node), (index) => read(x, moved(index, axis, start)));
  },
  Pad: ([x = nothing], node) => {
    const before = intsOf(node.parameters, 'before');
    return build(outputShape(node), (index) => {
      const at = index.map((own, axis) => own - (before[axis] ?? 0));
      return at.every((own, axis) => own >= 0 && own < (x.shape[axis] ?? 0)) ? read(x, at) : 0;
    });
  },
  Split: ([x = nothing], node) => {
    const axis = intOf(node.parameters, 'axis');
    return node.outputs.map(({ shape }, part) =>
      build(shape, (index) => read(x, moved(index, axis, part * (shape[axis] ?? 0)))),
    );
  },
  Gather: ([x = nothing, indices = nothing], node) => {
    const axis = intOf(node.parameters, 'axis');
    const rank = indices.shape.length;
    return build(outputShape(node), (index) => {
      const chosen = read(indices, index.slice(axis, axis + rank));
      return read(x, [...index.slice(0, axis), chosen, ...index.slice(axis + rank)]);
    });
  },
  MatMul: ([a = nothing, b = nothing], node) => matmul(a, b, outputShape(node)),
  Gemm: ([x = nothing, weight = nothing, sum], node) => {
    const transposed = intOf(node.parameters, 'transB') === 1;
    return build(outputShape(node), (index) => {
      const [row = 0, column = 0] = index;
      let total = sum ? read(sum, index) : 0;
      for (let k = 0; k < (x.shape[1] ?? 0); k++)
        total += read(x, [row, k]) * read(weight, transposed ? [column, k] : [k, column]);
      return total;
    });
  },
  Conv: ([x = nothing, weight = nothing, bias], node) => {
    const [top = 0, left = 0] = intsOf(node.parameters, 'pads');
    const [down = 1, across = 1] = intsOf(node.parameters, 'strides');
    const [, channels = 0, height = 0, width = 0] = weight.shape;
    return build(outputShape(node), ([n = 0, o = 0, row = 0, column = 0]) => {
      let sum = bias?.data[o] ?? 0;
      for (let c = 0; c < channels; c++)
        for (let i = 0; i < height; i++)
          for (let j = 0; j < width; j++) {
            const [y, z] = [row * down + i - top, column * across + j - left];
            const inside = y >= 0 && z >= 0 && y < (x.shape[2] ?? 0) && z < (x.shape[3] ?? 0);
            if (inside) sum += read(x, [n, c, y, z]) * read(weight, [o, c, i, j]);
          }
      return sum;
    });
  },
  ConvTranspose: ([x = nothing, weight = nothing], node) => {
    const [top = 0, left = 0] = intsOf(node.parameters, 'pads');
    const [down = 1, across = 1] = intsOf(node.parameters, 'strides');
    const [inputs = 0, , height = 0, width = 0] = weight.shape;
    const [, , rows = 0, columns = 0] = x.shape;
    return build(outputShape(node), ([n = 0, c = 0, y = 0, z = 0]) => {
      let sum = 0;
      for (let o = 0; o < inputs; o++)
        for (let i = 0; i < height; i++)
          for (let j = 0; j < width; j++) {
            const [row, column] = [(y + top - i) / down, (z + left - j) / across];
            const inside = row >= 0 && column >= 0 && row < rows && column < columns;
            if (inside && Number.isInteger(row) && Number.isInteger(column))
              sum += read(x, [n, o, row, column]) * read(weight, [o, c, i, j]);
          }
      return sum;
    });
  },
  LayerNormalization: ([x = nothing, scale = nothing, bias], node) => {
    const size = x.shape.at(-1) ?? 1;
    const epsilon = floatOf(node.parameters, 'epsilon');
    const rows = x.data.length / size;
    const [mean, inverse] = [new Float64Array(rows), new Float64Array(rows)];
    const data = new Float64Array(x.data.length);
    for (let row = 0; row < rows; row++) {
      const own = x.data.slice(row * size, (row + 1) * size);
      const average = own.reduce((a, b) => a + b) / size;
      const variance = own.reduce((sum, value) => sum + (value - average) ** 2, 0) / size;
      const scaleOfRow = 1 / Math.sqrt(variance + epsilon);
      [mean[row], inverse[row]] = [average, scaleOfRow];
      own.forEach((value, i) => {
        data[row * size + i] = (value - average) * scaleOfRow * (scale.data[i] ?? 0) + (bias?.data[i] ?? 0);
      });
    }
    const perRow = [...x.shape.slice(0, -1), 1];
    return [
      { data, shape: x.shape },
      { data: mean, shape: perRow },
      { data: inverse, shape: perRow },
    ];
  },
  Softmax: ([x = nothing]) => softmax(x),
  MultiHeadAttention: ([q = nothing, k = nothing, v = nothing], node) => {
    const [heads, scale] = [intOf(node.parameters, 'num_heads'), floatOf(node.parameters, 'scale')];
    const [batch = 0, queries = 0, channels = 0] = q.shape;
    const [keys, size] = [k.shape[1] ?? 0, channels / heads];
    const scores = build([batch, heads, queries, keys], ([n = 0, h = 0, i = 0, j = 0]) => {
      let sum = 0;
      for (let c = 0; c < size; c++) sum += read(q, [n, i, h * size + c]) * read(k, [n, j, h * size + c]);
      return sum * scale;
    });
    const probabilities = softmax(scores);
    return build(q.shape, ([n = 0, i = 0, c = 0]) => {
      let sum = 0;
      for (let j = 0; j < keys; j++)
        sum += read(probabilities, [n, Math.floor(c / size), i, j]) * read(v, [n, j, c]);
      return sum;
    });
  },
  Resize: ([x = nothing], node) => {
    const to = outputShape(node);
    const source = (at: number, axis: number): number =>
      Math.floor((at * (x.shape[axis] ?? 0)) / (to[axis] ?? 1));
    return build(to, (index) => read(x, index.map(source)));
  },
};
