import { intOf, intsOf, tensorAt } from '../defineOp.ts';
import { sumTo } from '../ops/reduce.ts';
import { concat, pad, slice, transpose, zeros } from '../ops/shaping.ts';
import { sizeAt } from '../shape.ts';
import { perInput, type VjpRules } from './vjp.ts';

export const shapingVjps: VjpRules = {
  Reshape: perInput((dy, { input, accumulation }) => accumulation.reshape(dy, input(0).shape)),
  Expand: perInput((dy, { input }) => sumTo(dy, input(0).shape)),
  Transpose: perInput((dy, { node }) => {
    const perm = intsOf(node.parameters, 'perm');
    const inverse = perm.map((_, axis) => perm.indexOf(axis));
    return transpose(dy, inverse);
  }),
  Concat: ({ node, gradient, needs }) => {
    const dy = gradient(0);
    const axis = intOf(node.parameters, 'axis');
    let end = 0;
    return node.inputs.map(({ shape }, index) => {
      const size = sizeAt(shape, axis);
      end += size;
      return dy && needs(index) ? slice(dy, axis, end - size, end) : null;
    });
  },
  Slice: perInput((dy, { input, node }) => {
    const { shape } = input(0);
    const [axis, start, end] = ['axis', 'start', 'end'].map((name) => intOf(node.parameters, name)) as [number, number, number]; // prettier-ignore
    const before = shape.map((_, index) => (index === axis ? start : 0));
    const after = shape.map((size, index) => (index === axis ? size - end : 0));
    return pad(dy, before, after);
  }),
  Pad: perInput((dy, { input, node }) => {
    const before = intsOf(node.parameters, 'before');
    return input(0).shape.reduce((inner, size, axis) => {
      const start = sizeAt(before, axis);
      return slice(inner, axis, start, start + size);
    }, dy);
  }),
  Split: ({ node, gradient }) => {
    const parts = node.outputs.map((part, index) => gradient(index) ?? zeros(part, part.shape));
    return [concat(parts, intOf(node.parameters, 'axis'))];
  },
  Gather: ({ node }) => {
    throw new Error(
      `${node.scope}: gather(${tensorAt(node.inputs, 0).name}) is a look-up and is not differentiated`,
    );
  },
};
