import { floatOf, intOf } from '../defineOp.ts';
import { mul, mulScalar, sub } from '../ops/elementwise.ts';
import { headsFirst, headsLast, LARGE_MAP, SMALL } from '../ops/heads.ts';
import { matmul } from '../ops/linear.ts';
import { softmax } from '../ops/normalisation.ts';
import { after } from '../ops/order.ts';
import { reduceSum } from '../ops/reduce.ts';
import { concat, reshape, split, transposeLast } from '../ops/shaping.ts';
import { sizeAt } from '../shape.ts';
import type { Tensor } from '../ir.ts';
import type { VjpRules } from './vjp.ts';

/** Queries, keys, values, output and its gradient. */
type Five = [Tensor, Tensor, Tensor, Tensor, Tensor];

export const attentionVjps: VjpRules = {
  /**
   * The forward op keeps no probabilities, so they are made again from q and k (Dao et al. 2022, FlashAttention,
   * algorithm 4); where they are large, one head after the other.
   */
  MultiHeadAttention: ({ node, input, output, gradient }) => {
    const dy = gradient(0);
    if (!dy) return [null, null, null];
    const [heads, scale] = [intOf(node.parameters, 'num_heads'), floatOf(node.parameters, 'scale')];
    const [q, k, v, y] = [input(0), input(1), input(2), output(0)];
    const pairs = sizeAt(q.shape, 1) * sizeAt(k.shape, 1);
    const groups = pairs > LARGE_MAP ? heads : 1;
    const small = sizeAt(q.shape, 0) * heads * pairs < SMALL;
    const parts = [q, k, v, y, dy].map((tensor) => split(tensor, groups, -1));
    const results: (readonly Tensor[])[] = [];
    for (let group = 0; group < groups; group++) {
      const [query, key, value, own, gradientOfOwn] = parts.map((part) => part[group]) as Five;
      // Else all heads' probabilities, and all layers', could be made at once.
      const waited = after([query, gradientOfOwn], small ? [] : (results.at(-1) ?? [dy]));
      const [waitedQuery = query, waitedGradient = gradientOfOwn] = waited;
      results.push(headsBackward([waitedQuery, key, value, own, waitedGradient], heads / groups, scale));
    }
    const [dq, dk, dv] = [0, 1, 2].map((index) => concat(results.map((result) => result[index] as Tensor), -1)) as [Tensor, Tensor, Tensor]; // prettier-ignore
    return [dq, dk, dv];
  },
};

/**
 * With S = Q K^T (Q scaled), P = softmax(S) and Y = P V: dV = P^T dY, dP = dY V^T, dS = P (dP - sum(P dP)), dQ = dS K and
 * dK = dS^T Q. A row's sum(P dP) is its sum(dY Y), over d values instead of as many as there are keys.
 */
function headsBackward(tensors: Five, heads: number, scale: number): Tensor[] {
  const [unscaled, k, v, , dy] = tensors.map((tensor) => headsFirst(tensor, heads)) as Five;
  const q = mulScalar(unscaled, scale);
  const p = softmax(matmul(q, transposeLast(k)));
  const dp = matmul(dy, transposeLast(v));
  const ds = mul(p, sub(dp, headsFirst(headSums(mul(tensors[4], tensors[3]), heads), heads)));
  // (X^T P)^T rather than P^T X: the narrow matrix is transposed.
  return [
    headsLast(mulScalar(matmul(ds, k), scale)),
    headsLast(transposeLast(matmul(transposeLast(q), ds))),
    headsLast(transposeLast(matmul(transposeLast(dy), p))),
  ];
}

/** The sum over each head's channels: [N, T, heads d] to [N, T, heads]. */
function headSums(x: Tensor, heads: number): Tensor {
  const [batch, tokens] = x.shape as [number, number, number];
  return reshape(reduceSum(reshape(x, [batch, tokens, heads, -1]), [-1]), [batch, tokens, heads]);
}
