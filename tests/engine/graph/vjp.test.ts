import { describe, expect, it } from 'vitest';
import { grad } from '../../../main/engine/graph/autodiff.ts';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { geglu, gelu, quickGelu, silu } from '../../../main/engine/graph/ops/activation.ts';
import { conv2d, convLike, convTranspose, type Padding } from '../../../main/engine/graph/ops/convolution.ts';
import {
  abs, add, addScalar, cast, cos, div, erf, exp, greater, log, maximum, minimum, mul, neg, reciprocal, sigmoid, sin,
  sqrt, square, stopGradient, sub, tanh, where,
} from '../../../main/engine/graph/ops/elementwise.ts'; // prettier-ignore
import { fusedAttention } from '../../../main/engine/graph/ops/fusedAttention.ts';
import { addAlong, linear, matmul } from '../../../main/engine/graph/ops/linear.ts';
import { groupNorm, layerNorm, softmax } from '../../../main/engine/graph/ops/normalisation.ts';
import {
  maxAll,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceSum,
  sumAll,
} from '../../../main/engine/graph/ops/reduce.ts';
import { resizeBilinear, resizeNearest } from '../../../main/engine/graph/ops/resample.ts';
import {
  concat,
  expand,
  pad,
  reshape,
  slice,
  split,
  transpose,
} from '../../../main/engine/graph/ops/shaping.ts';
import { numel } from '../../../main/engine/graph/shape.ts';
import type { Shape, Tensor } from '../../../main/engine/graph/ir.ts';
import type { GradientMethod } from '../../../main/engine/graph/vjp/vjp.ts';
import { evaluate, values } from './evaluate.ts';

type Build = (x: Tensor, constant: (shape: Shape, seed: number) => Tensor) => Tensor;

/** f(x) for every op, with the other operand constant or x itself. Inputs lie in [-1, 1]. */
const cases: Record<string, { shape: Shape; build: Build }> = {
  'add, broadcast': { shape: [3, 1], build: (x, c) => mul(add(x, c([2, 3, 4], 2)), c([2, 3, 4], 3)) },
  'sub, both sides': { shape: [2, 3], build: (x) => square(sub(x, mul(x, x))) },
  'mul of itself': { shape: [2, 3], build: (x) => mul(x, mul(x, x)) },
  'div, both sides': { shape: [4], build: (x, c) => div(mul(x, c([4], 2)), addScalar(x, 3)) },
  neg: { shape: [4], build: (x) => square(neg(x)) },
  exp: { shape: [4], build: (x) => exp(x) },
  log: { shape: [4], build: (x) => log(addScalar(x, 2)) },
  sqrt: { shape: [4], build: (x) => sqrt(addScalar(x, 2)) },
  abs: { shape: [6], build: (x, c) => mul(abs(x), c([6], 2)) },
  tanh: { shape: [4], build: (x) => tanh(x) },
  sigmoid: { shape: [4], build: (x) => sigmoid(x) },
  erf: { shape: [4], build: (x) => erf(x) },
  'sin and cos': { shape: [4], build: (x) => mul(sin(x), cos(square(x))) },
  reciprocal: { shape: [4], build: (x) => reciprocal(addScalar(x, 3)) },
  maximum: { shape: [8], build: (x, c) => mul(maximum(x, c([8], 2)), c([8], 3)) },
  minimum: { shape: [8], build: (x, c) => mul(minimum(c([8], 2), x), c([8], 3)) },
  where: { shape: [2, 4], build: (x, c) => where(greater(x, c([2, 4], 2)), square(x), mul(x, c([4], 3))) },
  'silu, gelu, quickGelu': { shape: [4], build: (x) => add(silu(x), add(gelu(x), quickGelu(x))) },
  geglu: {
    shape: [2, 6],
    build: (x, c) => mul(geglu(...(split(x, 2, -1) as [Tensor, Tensor])), c([2, 3], 2)),
  },
  reduceSum: { shape: [2, 3, 4], build: (x) => square(reduceSum(x, [0, -1])) },
  reduceMean: { shape: [2, 3, 4], build: (x) => square(reduceMean(x, [1])) },
  reduceMax: { shape: [2, 3, 4], build: (x, c) => mul(reduceMax(x, [-1]), c([2, 3, 1], 2)) },
  reduceMin: { shape: [2, 3, 4], build: (x, c) => mul(reduceMin(x, [0, 2]), c([1, 3, 1], 2)) },
  maxAll: { shape: [2, 3], build: (x) => square(maxAll(x)) },
  'reshape and transpose': {
    shape: [2, 3, 4],
    build: (x, c) => mul(transpose(reshape(x, [4, 2, 3]), [2, 0, 1]), c([3, 4, 2], 2)),
  },
  expand: { shape: [3, 1], build: (x, c) => mul(expand(x, [2, 3, 4]), c([2, 3, 4], 2)) },
  'concat with itself': {
    shape: [2, 3],
    build: (x, c) => mul(concat([x, square(x), c([2, 1], 4)], 1), c([2, 7], 2)),
  },
  slice: { shape: [3, 5], build: (x, c) => mul(slice(x, 1, 1, 4), c([3, 3], 2)) },
  pad: { shape: [2, 3], build: (x, c) => mul(pad(x, [1, 0], [0, 2]), c([3, 5], 2)) },
  'split, one part unused': {
    shape: [2, 6],
    build: (x) => {
      const [a, , b] = split(x, 3, 1);
      if (!a || !b) throw new Error('split');
      return mul(a, square(b));
    },
  },
  'matmul, broadcast batch': {
    shape: [3, 4],
    build: (x, c) => mul(matmul(c([2, 5, 3], 2), x), c([2, 5, 4], 3)),
  },
  'matmul with itself': { shape: [3, 3], build: (x) => matmul(x, transpose(x, [1, 0])) },
  linear: { shape: [2, 3, 4], build: (x, c) => square(linear(x, c([5, 4], 2), c([5], 3))) },
  'linear, three of the same rows and the rows themselves': {
    shape: [3, 4],
    build: (x, c) =>
      mul(add(square(linear(x, c([4, 4], 2))), x), mul(linear(x, c([4, 4], 3)), linear(x, c([4, 4], 4)))),
  },
  addAlong: { shape: [2, 3, 2, 2], build: (x, c) => square(addAlong(x, c([3], 2), 1)) },
  layerNorm: { shape: [3, 8], build: (x, c) => mul(layerNorm(x, c([8], 2), c([8], 3), 1e-5), c([3, 8], 4)) },
  groupNorm: {
    shape: [2, 4, 3, 3],
    build: (x, c) => mul(groupNorm(x, 2, c([4], 2), c([4], 3), 1e-5), c([2, 4, 3, 3], 4)),
  },
  'fused attention, to itself': {
    shape: [2, 3, 4],
    build: (x, c) => mul(fusedAttention(x, mul(x, c([4], 2)), mul(x, c([4], 3)), 2, 0.7), c([2, 3, 4], 4)),
  },
  'fused attention, to other keys': {
    shape: [1, 3, 4],
    build: (x, c) => mul(fusedAttention(x, c([1, 5, 4], 2), c([1, 5, 4], 3), 2, 0.7), c([1, 3, 4], 4)),
  },
  softmax: { shape: [3, 5], build: (x, c) => mul(softmax(x), c([3, 5], 2)) },
  'resizeNearest x2': {
    shape: [1, 2, 3, 3],
    build: (x, c) => mul(resizeNearest(x, 6, 6), c([1, 2, 6, 6], 2)),
  },
  'resizeNearest to an odd size': {
    shape: [1, 2, 3, 4],
    build: (x, c) => mul(resizeNearest(x, 5, 7), c([1, 2, 5, 7], 2)),
  },
  resizeBilinear: { shape: [2, 3, 4], build: (x, c) => mul(resizeBilinear(x, 5, 8), c([2, 5, 8], 2)) },
  cast: { shape: [4], build: (x) => square(cast(cast(x, 'float32'), 'float32')) },
};

for (const [name, padding, stride, side] of [
  ['3x3', [1, 1, 1, 1], 1, 5],
  ['3x3 stride 2, even', [1, 1, 1, 1], 2, 6],
  ['3x3 stride 2, odd', [1, 1, 1, 1], 2, 5],
  ['3x3 stride 2, VAE padding', [0, 0, 1, 1], 2, 6],
] as [string, Padding, number, number][]) {
  cases[`conv2d ${name}`] = {
    shape: [1, 2, side, side],
    build: (x, c) => square(conv2d(x, c([3, 2, 3, 3], 2), c([3], 3), { padding, stride })),
  };
}
cases['conv2d 1x1'] = {
  shape: [2, 2, 3, 3],
  build: (x, c) => square(conv2d(x, c([3, 2, 1, 1], 2), c([3], 3))),
};
cases['convTranspose'] = {
  shape: [1, 3, 3, 3],
  build: (x, c) => {
    const parameters = { pads: [1, 1, 1, 1], strides: [2, 2] };
    const image = convTranspose(x, c([3, 2, 3, 3], 2), parameters, [1, 2, 6, 6]);
    return square(add(image, convTranspose(convLike(image, c([3, 2, 3, 3], 2), parameters), c([3, 2, 3, 3], 2), parameters, [1, 2, 6, 6]))); // prettier-ignore
  },
};

/** Values in [-1, 1], all at least 2 / count apart, in a shuffled order. */
function spread(count: number): Float32Array {
  const order = [...values(count, 7).entries()].sort(([, a], [, b]) => a - b).map(([index]) => index);
  return Float32Array.from(order, (rank) => (2 * rank + 1) / count - 1);
}

/** Loss = sum of f(x) weighted unevenly, so that no error cancels. */
async function check(
  shape: Shape,
  build: Build,
  method: GradientMethod = {},
): Promise<{ analytic: Float32Array; numeric: Float32Array; operators: string[] }> {
  const graph = new Graph();
  const x = graph.input('x', 'float32', shape);
  const y = build(x, (size, seed) => graph.constant(values(numel(size), seed), size));
  const weights = graph.constant(values(numel(y.shape), 99), y.shape);
  const loss = sumAll(mul(y, weights));
  const [dx] = grad(loss, [x], method);
  if (!dx) throw new Error('no gradient');
  const operators = graph.nodes.map(({ op }) => op.type);
  // Farther apart than the difference's step: a maximum then keeps its place.
  const at = spread(numel(shape));
  const analytic = (await evaluate({ dx }, { x: at }))['dx'] as Float32Array;

  // Central differences of the products, summed in float64: float32 sums would drown the difference.
  const step = 1e-2;
  const outputs = async (input: Float32Array): Promise<Float32Array> =>
    (await evaluate({ y }, { x: input }))['y'] as Float32Array;
  const w = values(numel(y.shape), 99);
  const numeric = new Float32Array(at.length);
  for (let i = 0; i < at.length; i++) {
    const [plus, minus] = [at.slice(), at.slice()];
    plus[i] = (plus[i] ?? 0) + step;
    minus[i] = (minus[i] ?? 0) - step;
    const [high, low] = [await outputs(plus), await outputs(minus)];
    const width = (plus[i] ?? 0) - (minus[i] ?? 0);
    numeric[i] = high.reduce((sum, value, j) => sum + (value - (low[j] ?? 0)) * (w[j] ?? 0), 0) / width;
  }
  return { analytic, numeric, operators };
}

/** Greatest difference in units of the greatest slope, where that is above 1. */
function worstOf(analytic: Float32Array, numeric: Float32Array): number {
  const scale = Math.max(1, ...numeric.map(Math.abs));
  return Math.max(...analytic.map((value, i) => Math.abs(value - (numeric[i] ?? 0)))) / scale;
}

describe('backward rules against central differences', () => {
  it.each(Object.entries(cases))('%s', async (_name, { shape, build }) => {
    const { analytic, numeric } = await check(shape, build);
    expect(worstOf(analytic, numeric)).toBeLessThan(2e-3);
    expect(Math.max(...analytic.map(Math.abs))).toBeGreaterThan(0);
  });
});

describe('grad', () => {
  it('shares the gradient of a tied maximum evenly, as torch.amax does', async () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [4]);
    const [dx] = grad(maxAll(x), [x]);
    expect(await evaluate({ dx: dx ?? x }, { x: new Float32Array([1, 3, 3, 2]) })).toEqual({
      dx: new Float32Array([0, 0.5, 0.5, 0]),
    });
  });

  it('does not pass a stopped gradient', async () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [2]);
    const [dx] = grad(sumAll(mul(stopGradient(square(x)), x)), [x]);
    expect(await evaluate({ dx: dx ?? x }, { x: new Float32Array([2, 3]) })).toEqual({
      dx: new Float32Array([4, 9]),
    });
  });

  it('names the input that the loss does not depend on', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [2]);
    const y = graph.input('y', 'float32', [2]);
    expect(() => grad(sumAll(square(x)), [y])).toThrow('the loss does not depend on "y"');
  });

  it('differentiates with respect to several inputs and to intermediate values', async () => {
    const graph = new Graph();
    const [x, y] = [graph.input('x', 'float32', [2]), graph.input('y', 'float32', [2])];
    const product = mul(x, y);
    const [dx, dy, dp] = grad(sumAll(square(product)), [x, y, product]);
    if (!dx || !dy || !dp) throw new Error('missing');
    const feeds = { x: new Float32Array([1, 2]), y: new Float32Array([3, -1]) };
    expect(await evaluate({ dx, dy, dp }, feeds)).toEqual({
      dx: new Float32Array([18, 4]),
      dy: new Float32Array([6, -8]),
      dp: new Float32Array([6, -4]),
    });
  });
});

describe('a convolution with flipped kernels, backwards', () => {
  it.each([
    ['3x3', [3, 2, 3, 3], [1, 1, 1, 1]],
    ['3x3, uneven padding', [3, 2, 3, 3], [0, 2, 1, 0]],
    ['2x3, no padding', [3, 2, 2, 3], [0, 0, 0, 0]],
    ['1x1', [3, 2, 1, 1], [0, 0, 0, 0]],
  ] as [string, Shape, Padding][])('%s', async (_name, kernel, padding) => {
    const build: Build = (x, c) => square(conv2d(x, c(kernel, 2), c([3], 3), { padding }));
    const { analytic, numeric, operators } = await check([1, 2, 4, 5], build, { kernelFlip: 'once' });
    expect(worstOf(analytic, numeric)).toBeLessThan(2e-3);
    expect(operators).not.toContain('ConvTranspose');
  });

  it('flipped in each run, for images of more pixels than channels', async () => {
    for (const [side, transposed] of [
      [2, false],
      [1, true],
    ] as const) {
      const build: Build = (x, c) => square(conv2d(x, c([3, 2, 3, 3], 2), null, { padding: [1, 1, 1, 1] }));
      const { analytic, numeric, operators } = await check([1, 2, side, side], build, {
        kernelFlip: 'each run',
      });
      expect(worstOf(analytic, numeric)).toBeLessThan(2e-3);
      expect(operators.includes('ConvTranspose')).toBe(transposed);
    }
  });

  it('leaves a stride to ConvTranspose', async () => {
    const build: Build = (x, c) =>
      square(conv2d(x, c([3, 2, 3, 3], 2), null, { padding: [1, 1, 1, 1], stride: 2 }));
    const { operators } = await check([1, 2, 5, 5], build, { kernelFlip: 'once' });
    expect(operators).toContain('ConvTranspose');
  });
});
