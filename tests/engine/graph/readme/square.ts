import { grad } from '../../../../main/engine/graph/autodiff.ts';
import { Graph } from '../../../../main/engine/graph/graph.ts';
import type { Tensor } from '../../../../main/engine/graph/ir.ts';
import { mul } from '../../../../main/engine/graph/ops/elementwise.ts';

/** y = x^2 and its slope. */
export function square(): { y: Tensor; slope: Tensor[] } {
  const graph = new Graph();
  const x = graph.input('x', 'float32', []);
  const y = mul(x, x);
  return { y, slope: grad(y, [x]) };
}
