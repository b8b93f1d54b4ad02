import { defineOp, tensorAt } from '../defineOp.ts';
import { sameShape, ShapeError, sizeAt } from '../shape.ts';
import type { Tensor } from '../ir.ts';

const multiHeadAttentionOp = defineOp({
  type: 'MultiHeadAttention',
  domain: 'com.microsoft',
  infer: (inputs, parameters) => {
    const [query, key, value] = [tensorAt(inputs, 0), tensorAt(inputs, 1), tensorAt(inputs, 2)];
    const channels = sizeAt(query.shape, -1);
    const heads = parameters['num_heads'];
    if (!sameShape(key.shape, value.shape) || sizeAt(key.shape, -1) !== channels) {
      throw new ShapeError('keys and values do not fit the queries');
    }
    if (typeof heads !== 'number' || channels % heads !== 0) {
      throw new ShapeError(`${channels} channels cannot be shared among the heads`);
    }
    return { dtype: query.dtype, shape: query.shape };
  },
  attributes: ({ num_heads = 1, scale = { float: 1 } }) => ({ num_heads, scale }),
});

/**
 * ONNX Runtime's multi-head attention in one op: query [N, queries, C], key and value [N, keys, C] to
 * [N, queries, C]. It never holds the whole probability matrix.
 */
export const fusedAttention = (q: Tensor, k: Tensor, v: Tensor, heads: number, scale: number): Tensor =>
  q.graph.apply1(multiHeadAttentionOp, [q, k, v], { num_heads: heads, scale: { float: scale } });
