import { geglu } from '../../graph/ops/activation.ts';
import { numel, sizeAt } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/ir.ts';
import { linearHalves, linearLayer } from '../layers.ts';
import { recomputeLarge, type RecomputePolicy } from '../recompute.ts';
import type { ParameterScope } from '../parameterScope.ts';

/** diffusers' FeedForward with GEGLU and four times as many inner channels: x [..., C]. */
export function feedForward(weights: ParameterScope, x: Tensor, policy: RecomputePolicy): Tensor {
  const channels = sizeAt(x.shape, -1);
  const [inner, gate] = linearHalves(weights, 'net.0.proj', x, 8 * channels);
  const size = 2 * numel(gate.shape);
  const hidden = recomputeLarge(x.graph, policy, size, 'geglu', () => geglu(inner, gate));
  return linearLayer(weights, 'net.2', hidden, channels);
}
