import { plainAccumulation, type Accumulation } from '../accumulation.ts';
import type { Shape, Tensor } from '../ir.ts';
import { add, mul } from '../ops/elementwise.ts';
import { SMALL } from '../ops/heads.ts';
import { factorsOf, matmul } from '../ops/linear.ts';
import { concat, expand, reshape } from '../ops/shaping.ts';
import { sameShape, sizeAt } from '../shape.ts';

/** Up to this rank, another term of a sum of matrix products costs less than a pass over the sum. */
const MAX_RANK = 96;

/**
 * The gradient of a loss that uses an attention map [N, N] in a few products with vectors is A B with A [N, r] and B [r, N]:
 * of low rank. Sums, multiples and reshapes of such products stay products of narrow matrices here, and end in the product
 * dY V^T of the attention's own backward pass: [A dY] [B; V^T]. So the gradient of a map is never written out. What these
 * leave unused is not part of the model (onnx/part.ts).
 */
export const lowRankGradients: Accumulation = {
  accumulate(sum, x) {
    const [own, other] = [lowRankFactors(sum), lowRankFactors(x)];
    if (!own || !other) return plainAccumulation.accumulate(sum, x);
    const [lead = [], leadOther = []] = [sum, x].map(({ shape }) => shape.slice(0, -2));
    const wide = lead.length > leadOther.length || lead.some((size, axis) => size > (leadOther[axis] ?? 1)) ? lead : leadOther; // prettier-ignore
    const left = concat([withLead(own.left, wide), withLead(other.left, wide)], -1);
    const right = concat([withLead(own.right, wide), withLead(other.right, wide)], -2);
    return sizeAt(left.shape, -1) <= MAX_RANK ? matmul(left, right) : add(sum, x);
  },

  scale(x, factor) {
    const factors = factor.shape.length === 0 ? lowRankFactors(x) : null;
    return factors ? matmul(mul(factors.left, factor), factors.right) : mul(x, factor);
  },

  /** Of a product only axes of size 1 may come or go before the last two. */
  reshape(x, shape) {
    const factors = lowRankFactors(x);
    const lead = shape.slice(0, -2);
    const bare = [...x.shape.slice(0, -2), ...lead].every((size) => size === 1);
    return factors && bare && sameShape(x.shape.slice(-2), shape.slice(-2))
      ? matmul(withLead(factors.left, lead), withLead(factors.right, lead))
      : reshape(x, shape);
  },

  // One factor stands for a product, which need not be written out.
  awaited: (x) => lowRankFactors(x)?.left ?? x,
};

/** A [.., N, r] times B [.., r, N]. */
interface Factors {
  readonly left: Tensor;
  readonly right: Tensor;
}

/** The factors of a large product of narrow matrices; null for anything else. */
function lowRankFactors(x: Tensor): Factors | null {
  const size = x.shape.slice(-2).reduce((product, side) => product * side, 1);
  const factors = size < SMALL ? null : factorsOf(x);
  return factors && sizeAt(factors[0].shape, -1) <= MAX_RANK ? { left: factors[0], right: factors[1] } : null;
}

/** A factor with other axes before its last two, along which it is the same. */
function withLead(factor: Tensor, lead: Shape): Tensor {
  const missing = lead.length - (factor.shape.length - 2);
  const matrix = factor.shape.slice(-2);
  const ranked = missing > 0 ? [...Array<number>(missing).fill(1), ...factor.shape] : null;
  const same = missing < 0 ? [...lead, ...matrix] : ranked;
  return expand(same ? reshape(factor, same) : factor, [...lead, ...matrix]);
}
