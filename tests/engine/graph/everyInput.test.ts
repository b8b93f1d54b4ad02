import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { grad } from '../../../main/engine/graph/autodiff.ts';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { gelu, quickGelu, silu } from '../../../main/engine/graph/ops/activation.ts';
import { conv2d, convTranspose } from '../../../main/engine/graph/ops/convolution.ts';
import {
  abs, add, cast, cos, div, erf, exp, greater, log, maximum, minimum, mul, neg, reciprocal, sigmoid, sin, sqrt,
  square, sub, tanh, where,
} from '../../../main/engine/graph/ops/elementwise.ts'; // prettier-ignore
import { fusedAttention } from '../../../main/engine/graph/ops/fusedAttention.ts';
import { gemm, linear, matmul } from '../../../main/engine/graph/ops/linear.ts';
import { groupNorm, layerNorm, normalise, softmax } from '../../../main/engine/graph/ops/normalisation.ts';
import {
  reduceMax,
  reduceMean,
  reduceMin,
  reduceSum,
  sumAll,
} from '../../../main/engine/graph/ops/reduce.ts';
import { resizeNearest } from '../../../main/engine/graph/ops/resample.ts';
import { concat, expand, gather, pad, reshape, slice, split, transpose } from '../../../main/engine/graph/ops/shaping.ts'; // prettier-ignore
import { numel } from '../../../main/engine/graph/shape.ts';
import type { Shape, Tensor } from '../../../main/engine/graph/ir.ts';
import type { Vjp } from '../../../main/engine/graph/vjp/vjp.ts';
import { vjpOf } from '../../../main/engine/graph/vjp/rules.ts';
import { evaluate, values } from './evaluate.ts';
import { interpret } from './interpreter.ts';

/** One rule that is broken on purpose, for the tests of what grad says about it. */
const broken = vi.hoisted((): { op: string; rule: Vjp } => ({ op: '', rule: () => [] }));
vi.mock(import('../../../main/engine/graph/vjp/rules.ts'), async (original) => {
  const actual = await original();
  return { vjpOf: (type) => (type === broken.op ? broken.rule : actual.vjpOf(type)) };
});

interface Case {
  /** The op's inputs of type float: each is an input of the graph and is differentiated. */
  readonly shapes: readonly Shape[];
  /** The least value of an input; they spread over 2. Default: -1. */
  readonly from?: number;
  readonly build: (...inputs: Tensor[]) => Tensor;
}

const one = (build: (x: Tensor) => Tensor, from = -1): Case => ({ shapes: [[2, 3]], from, build });
const two = (build: (a: Tensor, b: Tensor) => Tensor, from = -1): Case[] => [
  { shapes: [[2, 3], [2, 3]], from, build },
  { shapes: [[3], [4, 2, 1]], from, build },
]; // prettier-ignore

const part = (parts: readonly Tensor[], index: number): Tensor => {
  const found = parts[index];
  if (!found) throw new Error(`no part ${index}`);
  return found;
};

/** Each op by its ONNX name, in all its forms: the optional inputs, broadcasting, each output. */
const cases: Readonly<Record<string, readonly Case[]>> = {
  Add: two(add),
  Sub: two(sub),
  Mul: two(mul),
  Div: two(div, 1),
  Max: two(maximum),
  Min: two(minimum),
  Neg: [one(neg)],
  Exp: [one(exp)],
  Log: [one(log, 1)],
  Sqrt: [one(sqrt, 1)],
  Abs: [one(abs)],
  Tanh: [one(tanh)],
  Sigmoid: [one(sigmoid)],
  Erf: [one(erf)],
  Sin: [one(sin)],
  Cos: [one(cos)],
  Reciprocal: [one(reciprocal, 1)],
  Cast: [
    // A whole number has no gradient: only the other factor's remains.
    one((x) => mul(x, cast(cast(x, 'int64'), 'float32')), 1.2),
  ],
  Where: [
    { shapes: [[2, 3], [2, 3], [2, 3]], build: (a, b, c) => where(greater(a, b), mul(a, b), c) },
    { shapes: [[2, 1], [4, 1, 3]], build: (a, b) => where(greater(a, b), a, b) },
  ], // prettier-ignore
  Gelu: [one(gelu)],
  QuickGelu: [one(silu), one(quickGelu)],
  ReduceSum: [one((x) => reduceSum(x, [1])), { shapes: [[2, 3, 2]], build: (x) => reduceSum(x, [0, 2]) }],
  ReduceMean: [one((x) => reduceMean(x, [1])), { shapes: [[2, 3, 2]], build: (x) => reduceMean(x, [0, 2]) }],
  ReduceMax: [one((x) => reduceMax(x, [1])), { shapes: [[2, 3, 2]], build: (x) => reduceMax(x, [0, 2]) }],
  ReduceMin: [one((x) => reduceMin(x, [1])), { shapes: [[2, 3, 2]], build: (x) => reduceMin(x, [0, 2]) }],
  Reshape: [one((x) => reshape(x, [3, 1, 2]))],
  Expand: [{ shapes: [[3, 1]], build: (x) => expand(x, [2, 3, 4]) }],
  Transpose: [{ shapes: [[2, 3, 4]], build: (x) => transpose(x, [2, 0, 1]) }],
  Concat: [{ shapes: [[2, 1], [2, 3], [2, 2]], build: (...parts) => concat(parts, 1) }], // prettier-ignore
  Slice: [one((x) => slice(x, 1, 1, 3))],
  Pad: [one((x) => pad(x, [1, 0], [0, 2]))],
  Split: [0, 1, 2].map((index) => ({ shapes: [[2, 6]], build: (x) => part(split(x, 3, 1), index) })),
  MatMul: [
    { shapes: [[2, 3], [3, 4]], build: matmul },
    { shapes: [[4, 3], [3, 2]], build: matmul },
    { shapes: [[2, 1, 2, 3], [5, 3, 2]], build: matmul },
  ], // prettier-ignore
  Gemm: [
    { shapes: [[2, 3], [4, 3]], build: (x, w) => gemm(x, w, null, true) },
    { shapes: [[2, 3], [3, 4]], build: (x, w) => gemm(x, w, null, false) },
    { shapes: [[2, 3], [4, 3], [4]], build: (x, w, b) => gemm(x, w, b, true) },
    { shapes: [[2, 3], [3, 4], [2, 4]], build: (x, w, b) => gemm(x, w, b, false) },
    { shapes: [[2, 3], [3, 4], [2, 1]], build: (x, w, b) => gemm(x, w, b, false) },
    { shapes: [[2, 3], [3, 4], []], build: (x, w, b) => gemm(x, w, b, false) },
  ], // prettier-ignore
  Conv: [
    { shapes: [[2, 2, 4, 5], [3, 2, 3, 2], [3]], build: (x, w, b) => conv2d(x, w, b, { padding: [1, 0, 0, 2] }) },
    { shapes: [[2, 2, 5, 6], [3, 2, 3, 3]], build: (x, w) => conv2d(x, w, null, { padding: [1, 1, 1, 1], stride: 2 }) },
    { shapes: [[1, 2, 6, 7], [3, 2, 2, 3], [3]], build: (x, w, b) => conv2d(x, w, b, { padding: [0, 0, 1, 1], stride: 3 }) },
    { shapes: [[2, 2, 3, 3], [3, 2, 1, 1], [3]], build: (x, w, b) => conv2d(x, w, b) },
  ], // prettier-ignore
  ConvTranspose: [
    { shapes: [[1, 3, 3, 2], [3, 2, 3, 3]], build: (x, w) => convTranspose(x, w, { pads: [1, 1, 1, 1], strides: [1, 1] }, [1, 2, 3, 2]) },
    { shapes: [[2, 3, 3, 3], [3, 2, 3, 3]], build: (x, w) => convTranspose(x, w, { pads: [1, 1, 1, 1], strides: [2, 2] }, [2, 2, 6, 5]) },
  ], // prettier-ignore
  LayerNormalization: [
    { shapes: [[3, 4], [4], [4]], build: (x, scale, bias) => layerNorm(x, scale, bias, 1e-2) },
    { shapes: [[2, 2, 4], [4]], build: (x, scale) => layerNorm(x, scale, null, 1e-2) },
    { shapes: [[3, 4]], build: (x) => normalise(x, 1e-2).normal },
    { shapes: [[3, 4]], build: (x) => normalise(x, 1e-2).inverse },
    { shapes: [[3, 4]], build: (x) => part(layerNormNode(x), 1) },
    { shapes: [[3, 4]], build: (x) => mul(normalise(x, 1e-2).normal, normalise(x, 1e-2).inverse) },
    { shapes: [[2, 4, 2], [4], [4]], build: (x, scale, bias) => groupNorm(x, 2, scale, bias, 1e-2) },
  ], // prettier-ignore
  Softmax: [one(softmax)],
  MultiHeadAttention: [
    { shapes: [[2, 3, 4], [2, 5, 4], [2, 5, 4]], build: (q, k, v) => fusedAttention(q, k, v, 2, 0.7) },
    { shapes: [[1, 3, 4], [1, 2, 4], [1, 2, 4]], build: (q, k, v) => fusedAttention(q, k, v, 1, 1.3) },
  ], // prettier-ignore
  Resize: [
    { shapes: [[1, 2, 2, 3]], build: (x) => resizeNearest(x, 4, 6) },
    { shapes: [[1, 2, 3, 4]], build: (x) => resizeNearest(x, 5, 3) },
  ],
};

/** All outputs of the LayerNormalization that `normalise` adds. */
function layerNormNode(x: Tensor): readonly Tensor[] {
  const { source } = normalise(x, 1e-2).normal;
  return source.kind === 'node' ? source.node.outputs : [];
}

/** The names of all ops, from the files that define them. */
function definedOps(): string[] {
  const folder = new URL('../../../main/engine/graph/ops/', import.meta.url);
  return readdirSync(folder).flatMap((file) => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    const pattern = /(?:\btype:|\b(?:binary|unary|unaryOp|reduction)\()\s*'(\w+)'/g;
    return [...text.matchAll(pattern)].map(([, type = '']) => type);
  });
}

const numbered = Object.entries(cases).flatMap(([op, own]) =>
  own.map((one, index) => ({ op, index, ...one })),
);

describe('the gradient of every op with respect to every input, against central differences in float64', () => {
  it('has a case for every op that is defined', () => {
    const defined = definedOps();
    expect(defined.length).toBeGreaterThan(40);
    const differentiable = defined.filter((type) => vjpOf(type) !== 'constant' && type !== 'Gather');
    expect(Object.keys(cases).sort()).toEqual([...differentiable].sort());
  });

  it.each(numbered)('$op $index', async ({ op, shapes, from = -1, build }) => {
    const graph = new Graph();
    const inputs = shapes.map((shape, index) => graph.input(`x${index}`, 'float32', shape));
    const y = build(...inputs);
    const node = graph.nodes.find(({ op: { type } }) => type === op);
    expect(node).toBeDefined();
    const weightValues = values(numel(y.shape), 99);
    const loss = sumAll(mul(y, graph.constant(weightValues, y.shape)));

    // All inputs at once, and each alone: what is not asked for does not change the rest.
    const outputs: Record<string, Tensor> = { y };
    grad(loss, inputs).forEach((gradient, index) => (outputs[`all${index}`] = gradient));
    inputs.forEach((input, index) => {
      for (const gradient of grad(loss, [input])) outputs[`alone${index}`] = gradient;
    });

    const at = shapes.map((shape, index) => values(numel(shape), 7 + index).map((value) => value + 1 + from));
    const feeds = Object.fromEntries(at.map((value, index) => [`x${index}`, value]));
    const results = await evaluate(outputs, feeds);
    const wide = Object.fromEntries(at.map((value, index) => [`x${index}`, Float64Array.from(value)]));
    const forward = (): Float64Array => interpret([y], wide)[0]?.data ?? new Float64Array(0);
    expect(worst(results['y'] as Float32Array, forward())).toBeLessThan(1e-5);

    inputs.forEach(({ name }, index) => {
      const own = wide[name] ?? new Float64Array(0);
      const slopes = own.map((value, i) => {
        const [high, low] = [1, -1].map((sign) => {
          own[i] = value + sign * STEP;
          const result = forward();
          own[i] = value;
          return result;
        });
        return (
          weightValues.reduce((sum, w, j) => sum + w * ((high?.[j] ?? 0) - (low?.[j] ?? 0)), 0) / (2 * STEP)
        );
      });
      for (const kind of ['all', 'alone']) {
        const analytic = results[`${kind}${index}`] as Float32Array;
        expect(analytic).toHaveLength(own.length);
        expect(worst(analytic, slopes), `${kind}, input ${index}`).toBeLessThan(1e-4);
      }
      expect(Math.max(...slopes.map(Math.abs))).toBeGreaterThan(1e-3);
    });
  });
});

const STEP = 1e-5;

/** Greatest difference in units of the greatest value, where that is above 1. */
function worst(found: Float32Array, right: Float64Array): number {
  const scale = Math.max(1, ...right.map(Math.abs));
  return Math.max(...[...found].map((value, i) => Math.abs(value - (right[i] ?? NaN)))) / scale;
}

describe('grad never leaves a path out', () => {
  it('counts the bias of a linear layer: y = x I + x has the slope 2', async () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [1, 2]);
    const identity = graph.constant(new Float32Array([1, 0, 0, 1]), [2, 2]);
    const [dx = x] = grad(sumAll(linear(x, identity, reshape(x, [2]))), [x]);
    const { dx: found } = await evaluate({ dx }, { x: new Float32Array([3, 5]) });
    expect(found).toEqual(new Float32Array([2, 2]));
  });

  it('differentiates a gradient: the second derivative through norms, attention and convolutions', async () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [1, 3, 4]);
    const constant = (shape: Shape, seed: number): Tensor =>
      graph.constant(values(numel(shape), seed), shape);
    const normal = layerNorm(x, constant([4], 2), constant([4], 3), 1e-1);
    const attended = fusedAttention(normal, x, mul(x, constant([4], 4)), 2, 0.7);
    const image = conv2d(reshape(attended, [1, 1, 3, 4]), constant([2, 1, 3, 3], 5), null, {
      padding: [1, 1, 1, 1],
    });
    const [dx = x] = grad(sumAll(square(image)), [x]);
    const weights = values(12, 6);
    const [ddx = x] = grad(sumAll(mul(dx, graph.constant(weights, [1, 3, 4]))), [x]);
    const at = values(12, 8);
    const found = (await evaluate({ ddx }, { x: at }))['ddx'] as Float32Array;
    const wide = Float64Array.from(at);
    const slope = (): number =>
      interpret([dx], { x: wide })[0]?.data.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0) ??
      0;
    const right = wide.map((value, i) => {
      wide[i] = value + STEP;
      const high = slope();
      wide[i] = value - STEP;
      const low = slope();
      wide[i] = value;
      return (high - low) / (2 * STEP);
    });
    expect(worst(found, right)).toBeLessThan(1e-4);
  });

  it('refuses a look-up table that depends on the input, and names the layer', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [3, 2]);
    const y = graph.scope('embeddings', () => gather(x, graph.ints([0, 2])));
    expect(() => grad(sumAll(y), [x])).toThrow(/embeddings.*look-up/);
  });

  it.each([
    ['no entries', [], /grad: block\.act: Tanh: its backward rule returns 0 gradients for 1 input$/],
    ['too many', [null, null], /grad: block\.act: Tanh: its backward rule returns 2 gradients for 1 input$/],
    [
      'none for an active input',
      [null],
      /grad: block\.act: Tanh: its backward rule has no gradient for input 0, "x"$/,
    ],
  ] as [string, null[], RegExp][])(
    'names scope, op and index when a rule returns %s',
    (_name, result, message) => {
      broken.op = 'Tanh';
      broken.rule = ({ gradient }) => {
        gradient(0);
        return result;
      };
      try {
        const graph = new Graph();
        const x = graph.input('x', 'float32', [2]);
        const y = graph.scope('block', () => graph.scope('act', () => tanh(x)));
        expect(() => grad(sumAll(y), [x])).toThrow(message);
      } finally {
        broken.op = '';
      }
    },
  );

  it('names the output whose gradient a rule does not read', () => {
    broken.op = 'Split';
    broken.rule = () => [null];
    try {
      const graph = new Graph();
      const x = graph.input('x', 'float32', [4]);
      const parts = graph.scope('halves', () => split(x, 2, 0));
      expect(() => grad(sumAll(part(parts, 1)), [x])).toThrow(
        'grad: halves: Split: its backward rule ignores the gradient of output 1',
      );
    } finally {
      broken.op = '';
    }
  });
});
