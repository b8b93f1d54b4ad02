import { describe, expect, it } from 'vitest';
import { grad } from '../../../main/engine/graph/autodiff.ts';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { add, mul } from '../../../main/engine/graph/ops/elementwise.ts';
import { reduceSum } from '../../../main/engine/graph/ops/reduce.ts';
import { reshape } from '../../../main/engine/graph/ops/shaping.ts';
import { AttentionOperator } from '../../../main/engine/isac/attentionOperator.ts';
import { mapUpsamplings } from '../../../preload/contract/request.ts';
import { maxDifference } from '../compare.ts';
import { evaluate, values } from '../graph/evaluate.ts';

const size = { height: 6, width: 4 };
const half = { height: 3, width: 2 };
const rows = 3;

describe('averaged self-attention as an operator', () => {
  it.each(mapUpsamplings)(
    '%s: products and gradients are those of the matrix written out',
    async (upsampling) => {
      const results = [];
      for (const small of [true, false]) {
        const graph = new Graph();
        const maps = [size, half, size].map(({ height, width }, i) => ({
          layer: `layer ${i}`,
          kind: 'self' as const,
          height,
          width,
          heads: 1,
          map: graph.input(`map_${i}`, 'float32', [height * width, height * width]),
        }));
        const x = graph.input('x', 'float32', [rows, 24]);
        const attention = new AttentionOperator(
          maps,
          size,
          { mapUpsampling: upsampling, layerWeights: 'layers' },
          small,
        );
        const [forward, transposed] = [attention.apply(x), attention.applyTransposed(x)];
        const loss = reshape(reduceSum(mul(forward, add(transposed, x)), [0, 1]), [1]);
        const gradients = grad(loss, [...maps.map(({ map }) => map), x]);
        const outputs = {
          forward,
          transposed,
          ...Object.fromEntries(gradients.map((g, i) => [`gradient_${i}`, g])),
        };
        const feeds = {
          ...Object.fromEntries(
            maps.map(({ map }, i) => [
              `map_${i}`,
              values(
                map.shape.reduce((a, b) => a * b),
                i,
              ),
            ]),
          ),
          x: values(rows * 24, 9),
        };
        results.push(await evaluate(outputs, feeds));
      }
      const [written, product] = results;
      for (const name of Object.keys(written ?? {})) {
        const [one, other] = [written?.[name], product?.[name]] as [Float32Array, Float32Array];
        expect(maxDifference(one, other), name).toBeLessThan(1e-4);
        expect(
          one.some((value) => value !== 0),
          name,
        ).toBe(true);
      }
    },
  );
});
