import { sameShape, sizeAt } from '../shape.ts';
import type { Shape, Tensor } from '../ir.ts';
import { add, mul } from './elementwise.ts';
import { SMALL } from './heads.ts';
import { factorsOf, gemmPlus, matmul } from './linear.ts';
import { concat, expand, reshape } from './shaping.ts';

/** Up to so many inner products per element, another term of a sum of matrix products costs less than a pass over the sum. */
const THIN = 96;

/**
 * The gradient of a loss that uses an attention map [N, N] in a few products with vectors is A B with A [N, r] and B [r, N].
 * Sums, multiples and reshapes of such products stay products of thin matrices here, and end in the product dY V^T of the
 * attention's own backward pass: [A dY] [B; V^T]. So the gradient of a map is never written out. What these leave unused
 * is not part of the model (onnx/part.ts).
 *
 * @returns the factors of a large product of thin matrices; null for anything else.
 */
export function thinFactors(x: Tensor): readonly [Tensor, Tensor] | null {
  const size = x.shape.slice(-2).reduce((product, side) => product * side, 1);
  const factors = size < SMALL ? null : factorsOf(x);
  return factors && sizeAt(factors[0].shape, -1) <= THIN ? factors : null;
}

/** sum + x, where x may broadcast and be a product that adds the sum itself. */
export function accumulate(sum: Tensor, x: Tensor): Tensor {
  const [own, other] = [thinFactors(sum), thinFactors(x)];
  if (!own || !other) return gemmPlus(x, sum) ?? add(sum, x);
  const [lead = [], leadOther = []] = [sum, x].map(({ shape }) => shape.slice(0, -2));
  const wide = lead.length > leadOther.length || lead.some((size, axis) => size > (leadOther[axis] ?? 1)) ? lead : leadOther; // prettier-ignore
  const [left, right] = ([0, 1] as const).map((side) =>
    concat([withLead(own[side], wide), withLead(other[side], wide)], side === 0 ? -1 : -2),
  ) as [Tensor, Tensor];
  return sizeAt(left.shape, -1) <= THIN ? matmul(left, right) : add(sum, x);
}

/** x times one value, shape []. */
export function scaled(x: Tensor, factor: Tensor): Tensor {
  const factors = factor.shape.length === 0 ? thinFactors(x) : null;
  return factors ? matmul(mul(factors[0], factor), factors[1]) : mul(x, factor);
}

/** reshape, where of a thin product only axes of size 1 come or go before the last two. */
export function reshapeProduct(x: Tensor, shape: Shape): Tensor {
  const factors = thinFactors(x);
  const lead = shape.slice(0, -2);
  const bare = [...x.shape.slice(0, -2), ...lead].every((size) => size === 1);
  return factors && bare && sameShape(x.shape.slice(-2), shape.slice(-2))
    ? matmul(withLead(factors[0], lead), withLead(factors[1], lead))
    : reshape(x, shape);
}

/** A factor with other axes before its last two, along which it is the same. */
function withLead(factor: Tensor, lead: Shape): Tensor {
  const missing = lead.length - (factor.shape.length - 2);
  const matrix = factor.shape.slice(-2);
  const ranked = missing > 0 ? [...Array<number>(missing).fill(1), ...factor.shape] : null;
  const same = missing < 0 ? [...lead, ...matrix] : ranked;
  return expand(same ? reshape(factor, same) : factor, [...lead, ...matrix]);
}
