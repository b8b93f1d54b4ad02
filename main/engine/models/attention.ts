import { add, cast, mulScalar, stopGradient } from '../graph/ops/elementwise.ts';
import { fusedAttention } from '../graph/ops/fusedAttention.ts';
import { headsFirst, headsLast, LARGE_MAP, SMALL } from '../graph/ops/heads.ts';
import { matmul } from '../graph/ops/linear.ts';
import { softmax } from '../graph/ops/normalisation.ts';
import { after } from '../graph/ops/order.ts';
import { reduceMean } from '../graph/ops/reduce.ts';
import { concat, reshape, slice, split, transposeLast } from '../graph/ops/shaping.ts';
import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/ir.ts';
import { keepEverything, recomputeLarge, type RecomputePolicy } from './recompute.ts';

/** How attention is computed; the result is the same. */
export interface AttentionMethod extends RecomputePolicy {
  /** Heads whose probabilities exist at the same time; null: one for large maps, all for small ones. */
  readonly headsAtOnce: number | null;
  /**
   * Attention whose map nobody wants takes its queries in so many parts, one after the other: a row of the softmax
   * needs no other row, so that the result is the same and only one part's probabilities exist at a time.
   */
  readonly slices: number;
  /** The fewest query-key pairs that are sliced. */
  readonly sliceFrom: number;
  /** One fused op where no map is wanted: faster and keeps no probabilities. */
  readonly fused: boolean;
}

export const plainAttention: AttentionMethod = {
  ...keepEverything,
  headsAtOnce: null,
  slices: 1,
  sliceFrom: LARGE_MAP,
  fused: false,
};

export interface AttentionRequest {
  readonly heads: number;
  readonly method: AttentionMethod;
  /** Added to the scores: [queries, keys]. */
  readonly mask?: Tensor;
  /** Expose the mean over heads of the probabilities of these keys (start, end). Batch 1 only. */
  readonly mapOf?: readonly [number, number];
}

export interface Attended {
  /** [N, queries, C]. */
  readonly output: Tensor;
  /** [queries, end - start] of the keys asked for, float32; null when none were. */
  readonly map: Tensor | null;
}

/**
 * Scaled dot-product attention, softmax(Q K^T / sqrt(d)) V for each head: query [N, queries, C], key and value
 * [N, keys, C], where head h owns the channels h d to (h + 1) d.
 *
 * Heads are taken in groups of `headsAtOnce`, and their queries in `slices`. Each waits for the one before it, so that
 * only one's probabilities exist at a time.
 */
export function attend(query: Tensor, key: Tensor, value: Tensor, request: AttentionRequest): Attended {
  const { heads, method, mask, mapOf } = request;
  const [batch, queries, channels] = query.shape as [number, number, number];
  const keys = sizeAt(key.shape, 1);
  const scale = (channels / heads) ** -0.5;
  if (method.fused && !mapOf && !mask) {
    return { output: fusedAttention(query, key, value, heads, scale), map: null };
  }
  if (mapOf && batch !== 1) throw new Error(`attention maps are exposed for one image, not for ${batch}`);

  const atOnce = groupSize(heads, method.headsAtOnce ?? (queries * keys > LARGE_MAP ? 1 : heads));
  const groups = heads / atOnce;
  const size = batch * heads * queries * keys;
  const parts = [query, key, value].map((tensor) => split(tensor, groups, -1));

  const rows = mapOf || queries * keys < method.sliceFrom ? queries : Math.ceil(queries / method.slices);

  const outputs: Tensor[] = [];
  let previous: Tensor | null = null;
  let mapSum: Tensor | null = null;
  for (let group = 0; group < groups; group++) {
    const own = parts.map((part) => part[group] as Tensor);
    const made: Tensor[] = previous ? [previous, ...(mapSum ? [stopGradient(mapSum)] : [])] : [];
    const waited = after(own, made);
    const [q, k, v] = waited as [Tensor, Tensor, Tensor];
    const sliced: Tensor[] = [];
    for (let start = 0; start < queries; start += rows) {
      const end = Math.min(start + rows, queries);
      const part = slice(q, 1, start, end);
      // Keys and values have waited with the first part: a copy of them for each would be kept for the backward pass.
      const [asked = part] = start > 0 && previous ? after([part], [previous]) : [part];
      const masked = mask && slice(mask, 0, start, end);
      const build = (): { output: Tensor; map: Tensor | null } => attendGroup([asked, k, v], atOnce, scale, masked, mapOf); // prettier-ignore
      const name = rows === queries ? `heads_${group}` : `heads_${group}_from_${start}`;
      const { output, map } = recomputeLarge(query.graph, method, size, name, build);
      previous = output;
      sliced.push(output);
      mapSum = map && (mapSum ? add(mapSum, map) : map);
    }
    outputs.push(concat(sliced, 1));
  }
  const output = concat(outputs, -1);
  if (!mapSum) return { output, map: null };
  const map = groups === 1 ? mapSum : mulScalar(mapSum, 1 / groups);
  if (size < SMALL) return { output, map };
  // The network goes on when the map is made: else its last summands would be kept until the loss needs it.
  const [released = output] = after([output], [stopGradient(map)]);
  return { output: released, map };
}

/** Attention of some heads, and of some queries, with the softmax in float32; map: the mean over them [queries, keys asked for]. */
function attendGroup(
  tensors: readonly Tensor[],
  heads: number,
  scale: number,
  mask: Tensor | undefined,
  mapOf: readonly [number, number] | undefined,
): { output: Tensor; map: Tensor | null } {
  const [q, k, v] = tensors.map((tensor) => headsFirst(tensor, heads)) as [Tensor, Tensor, Tensor];
  // Scaled before the product: unscaled scores overflow in float16. ONNX Runtime's CPU kernel makes one op of both.
  const scores = matmul(mulScalar(q, scale), transposeLast(k));
  const probabilities = softmax(cast(mask ? add(scores, mask) : scores, 'float32'));
  const output = headsLast(matmul(cast(probabilities, v.dtype), v));
  if (!mapOf) return { output, map: null };
  const asked = slice(probabilities, -1, mapOf[0], mapOf[1]);
  const mean = heads === 1 ? asked : reduceMean(asked, [-3]);
  return { output, map: reshape(mean, mean.shape.slice(-2)) };
}

/** The largest divisor of `heads` that is not greater than `wanted`. */
function groupSize(heads: number, wanted: number): number {
  let size = Math.max(1, Math.min(heads, Math.floor(wanted)));
  while (heads % size !== 0) size--;
  return size;
}
