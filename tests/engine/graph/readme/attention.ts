import { grad } from '../../../../main/engine/graph/autodiff.ts';
import { Graph } from '../../../../main/engine/graph/graph.ts';
import type { Tensor } from '../../../../main/engine/graph/ir.ts';
import { matmul } from '../../../../main/engine/graph/ops/linear.ts';
import { softmax } from '../../../../main/engine/graph/ops/normalisation.ts';
import { sumAll } from '../../../../main/engine/graph/ops/reduce.ts';
import { transposeLast } from '../../../../main/engine/graph/ops/shaping.ts';

/** One head of attention, Y = softmax(Q K^T) V, and the gradient of the sum of Y with respect to Q. */
export function attention(): { loss: Tensor; slope: Tensor[] } {
  const graph = new Graph();
  const q = graph.input('Q', 'float32', [4, 8]); // 4 queries of 8 features
  const k = graph.input('K', 'float32', [6, 8]); // 6 keys
  const v = graph.input('V', 'float32', [6, 8]);
  const probabilities = softmax(matmul(q, transposeLast(k)));
  const loss = sumAll(matmul(probabilities, v));
  return { loss, slope: grad(loss, [q]) };
}
