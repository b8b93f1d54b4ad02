import { matmul } from '../ops/linear.ts';
import { reduceSum } from '../ops/reduce.ts';
import { nearestMatrix } from '../ops/resample.ts';
import { reshape, transpose } from '../ops/shaping.ts';
import { sizeAt } from '../shape.ts';
import { perInput, type VjpRules } from './vjp.ts';

export const resampleVjps: VjpRules = {
  // Each source pixel gets the sum of its copies.
  Resize: perInput((dy, { input }) => {
    const [n, c, h, w] = input(0).shape as [number, number, number, number];
    const [height, width] = [sizeAt(dy.shape, 2), sizeAt(dy.shape, 3)];
    if (height % h === 0 && width % w === 0) {
      return reshape(reduceSum(reshape(dy, [n, c, h, height / h, w, width / w]), [3, 5]), [n, c, h, w]);
    }
    const rows = dy.graph.constant(nearestMatrix(h, height), [height, h]);
    const columns = dy.graph.constant(nearestMatrix(w, width), [width, w]);
    return matmul(matmul(transpose(rows, [1, 0]), dy), columns);
  }),
};
