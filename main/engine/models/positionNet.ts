import { silu } from '../graph/ops/activation.ts';
import { add, addScalar, cos, mul, neg, sin } from '../graph/ops/elementwise.ts';
import { concat, reshape } from '../graph/ops/shaping.ts';
import type { Graph } from '../graph/graph.ts';
import type { Tensor } from '../graph/ir.ts';
import { linearLayer } from './layers.ts';
import { ParameterScope } from './parameterScope.ts';
import type { ParameterSource } from './parameterSource.ts';

/** Frequencies of the Fourier embedding; each gives a sine and a cosine of four coordinates. */
const FREQUENCIES = 8;
const EMBEDDING = FREQUENCIES * 2 * 4;
/** Width of the two inner layers, fixed in diffusers. */
const INNER = 512;

export interface PositionNetInputs {
  /** Corners [x0, y0, x1, y1] in 0..1 of the image: [N, boxes, 4]. Unused ones are zeros. */
  readonly boxes: Tensor;
  /** 1 for a box, 0 for an unused slot: [N, boxes]. All 0: the unconditional branch. */
  readonly masks: Tensor;
  /** Pooled text embedding of each box's phrase: [N, boxes, D]. */
  readonly phrases: Tensor;
}

/**
 * Grounding tokens of boxes, [N, boxes, D] (diffusers' GLIGENTextBoundingboxProjection for text alone,
 * models/embeddings.py). Unused slots get the learned null features: GLIGEN always works with 30 tokens.
 *
 * @throws UserError when the tensors do not fit
 */
export function buildPositionNet(graph: Graph, tensors: ParameterSource, inputs: PositionNetInputs): Tensor {
  const [batch, boxes, width] = inputs.phrases.shape as [number, number, number];
  return new ParameterScope(graph, tensors).layer('position_net', (weights) => {
    const present = reshape(inputs.masks, [batch, boxes, 1]);
    const absent = addScalar(neg(present), 1);
    const orNull = (x: Tensor, name: string, size: number): Tensor =>
      add(mul(x, present), mul(absent, weights.tensor(name, [size])));

    const phrases = orNull(inputs.phrases, 'null_positive_feature', width);
    const corners = orNull(fourierEmbedding(inputs.boxes), 'null_position_feature', EMBEDDING);
    let hidden = linearLayer(weights, 'linears.0', concat([phrases, corners], -1), INNER);
    hidden = linearLayer(weights, 'linears.2', silu(hidden), INNER);
    return linearLayer(weights, 'linears.4', silu(hidden), width);
  });
}

/**
 * [N, boxes, 4] to [N, boxes, 64]: for each frequency f_k = 100^(k/8) the sines of f_k times all four
 * coordinates, then their cosines (diffusers' get_fourier_embeds_from_boundingbox).
 */
function fourierEmbedding(boxes: Tensor): Tensor {
  const [batch, count] = boxes.shape as [number, number, number];
  const frequencies = Float32Array.from({ length: FREQUENCIES }, (_, k) => 100 ** (k / FREQUENCIES));
  const angles = mul(
    reshape(boxes, [batch, count, 1, 1, 4]),
    boxes.graph.constant(frequencies, [FREQUENCIES, 1, 1]),
  );
  return reshape(concat([sin(angles), cos(angles)], 3), [batch, count, EMBEDDING]);
}
