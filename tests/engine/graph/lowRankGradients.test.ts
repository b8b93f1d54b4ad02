import { describe, expect, it } from 'vitest';
import { grad } from '../../../main/engine/graph/autodiff.ts';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { partOf } from '../../../main/engine/graph/onnx/part.ts';
import { add, mul, mulScalar } from '../../../main/engine/graph/ops/elementwise.ts';
import { matmul } from '../../../main/engine/graph/ops/linear.ts';
import { softmax } from '../../../main/engine/graph/ops/normalisation.ts';
import { reduceMean, sumAll } from '../../../main/engine/graph/ops/reduce.ts';
import { reshape } from '../../../main/engine/graph/ops/shaping.ts';
import { lowRankGradients } from '../../../main/engine/graph/rewrite/lowRankGradients.ts';
import { numel } from '../../../main/engine/graph/shape.ts';
import type { Tensor } from '../../../main/engine/graph/ir.ts';
import { evaluate, values } from './evaluate.ts';

const TOKENS = 1024;

/** An attention map of all heads' mean that two products use, beside the attention's own output. */
function attention(heads: number, recomputed: boolean): { x: Tensor; y: Tensor; loss: Tensor } {
  const graph = new Graph();
  const constant = (shape: number[], seed: number): Tensor =>
    graph.constant(values(numel(shape), seed), shape);
  const x = graph.input('x', 'float32', [2, 3]);
  const queries = mul(matmul(constant([TOKENS, 2], 2), x), constant([heads, 1, 3], 3));
  const build = (): { own: Tensor; map: Tensor } => {
    const probabilities = softmax(matmul(queries, constant([heads, 3, TOKENS], 4)));
    const own = matmul(probabilities, constant([heads, TOKENS, 2], 5));
    const mean = heads === 1 ? probabilities : reduceMean(probabilities, [0]);
    return { own, map: reshape(mean, [TOKENS, TOKENS]) };
  };
  const { own, map } = recomputed ? graph.recompute('attention', build) : build();
  const shared = mulScalar(map, 0.5);
  const used = [6, 7].map((seed) => matmul(shared, constant([TOKENS, 2], seed)));
  const y = mulScalar([own, ...used].reduce(add), 100);
  return { x, y, loss: sumAll(mul(y, constant([...y.shape], 8))) };
}

describe('the gradient of a large attention map', () => {
  it.each([
    [1, false],
    [1, true],
    [2, false],
  ])('of %i heads (recomputed: %s) is right, and never written out', async (heads, recomputed) => {
    const { x, y, loss } = attention(heads, recomputed);
    const [dx] = grad(loss, [x], { accumulation: lowRankGradients });
    if (!dx) throw new Error('no gradient');
    const scope = /^grad/;
    const large = partOf({ dx }, '').nodes.filter(
      ({ outputs, scope: path }) =>
        scope.test(path) && outputs.some(({ shape }) => numel(shape) >= TOKENS ** 2),
    );
    // dP in one product, and the softmax's own P (dP - sum(P dP)).
    const operators = large.map(({ op }) => op.type).sort();
    expect(operators.filter((type) => type === 'Add')).toEqual([]);
    expect(operators.filter((type) => type === 'MatMul')).toHaveLength(recomputed ? 2 : 1);

    const at = values(6, 9);
    const analytic = (await evaluate({ dx }, { x: at }))['dx'] as Float32Array;
    const weights = values(numel(y.shape), 8);
    const outputs = async (index: number, step: number): Promise<Float32Array> =>
      (await evaluate({ y }, { x: at.map((v, i) => (i === index ? v + step : v)) }))['y'] as Float32Array;
    const slopes: number[] = [];
    for (let i = 0; i < at.length; i++) {
      const [high, low] = [await outputs(i, 0.02), await outputs(i, -0.02)];
      slopes.push(high.reduce((sum, v, j) => sum + (v - (low[j] ?? 0)) * (weights[j] ?? 0), 0) / 0.04);
    }
    const worst = Math.max(...slopes.map((slope, i) => Math.abs(slope - (analytic[i] ?? 0))));
    expect(worst / Math.max(...slopes.map(Math.abs))).toBeLessThan(2e-3);
  });
});
