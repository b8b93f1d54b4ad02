import { defineOp, intsOf, tensorAt } from '../defineOp.ts';
import { sizeAt } from '../shape.ts';
import type { Tensor } from '../ir.ts';
import { matmul } from './linear.ts';
import { transpose } from './shaping.ts';

const resizeNearestOp = defineOp({
  type: 'Resize',
  // X and sizes; roi and scales are left out.
  slots: [0, 3],
  infer: (inputs, parameters) => ({ dtype: tensorAt(inputs, 0).dtype, shape: intsOf(parameters, 'to') }),
  attributes: () => ({
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  }),
});

/** torch's F.interpolate(mode='nearest'): x [N, C, H, W] to [N, C, height, width]. */
export function resizeNearest(x: Tensor, height: number, width: number): Tensor {
  const to = [sizeAt(x.shape, 0), sizeAt(x.shape, 1), height, width];
  return x.graph.apply1(resizeNearestOp, [x, x.graph.ints(to)], { to });
}

/** The 0/1 matrix [to, from] of nearest resampling of one axis: source index = floor(index * from / to). */
export function nearestMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) matrix[i * from + Math.floor((i * from) / to)] = 1;
  return matrix;
}

/** The matrix [to, from] of torch's bilinear resampling of one axis (align_corners=False). */
export function bilinearMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  const addTo = (index: number, weight: number): void => {
    matrix[index] = (matrix[index] ?? 0) + weight;
  };
  for (let i = 0; i < to; i++) {
    const source = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const low = Math.min(Math.floor(source), from - 1);
    addTo(i * from + low, 1 - (source - low));
    addTo(i * from + Math.min(low + 1, from - 1), source - low);
  }
  return matrix;
}

/** Bilinear resampling of [..., H, W] as two matrix products, which differentiate by themselves. */
export function resizeBilinear(x: Tensor, height: number, width: number): Tensor {
  const [h, w] = [sizeAt(x.shape, -2), sizeAt(x.shape, -1)];
  const { graph } = x;
  const rows = h === height ? x : matmul(graph.constant(bilinearMatrix(h, height), [height, h]), x);
  return w === width
    ? rows
    : matmul(rows, transpose(graph.constant(bilinearMatrix(w, width), [width, w]), [1, 0]));
}
