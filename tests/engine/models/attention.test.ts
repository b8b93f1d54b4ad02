import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { grad } from '../../../main/engine/graph/autodiff.ts';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { encodeModel } from '../../../main/engine/graph/onnx/encode.ts';
import { mul, square } from '../../../main/engine/graph/ops/elementwise.ts';
import { sumAll } from '../../../main/engine/graph/ops/reduce.ts';
import type { Tensor } from '../../../main/engine/graph/ir.ts';
import { attend, plainAttention, type AttentionMethod } from '../../../main/engine/models/attention.ts';
import { evaluate, values } from '../graph/evaluate.ts';

interface Measured {
  readonly ms: number;
  readonly mib: number;
  readonly sums: Readonly<Record<string, number>>;
}

/** Layers with their gradient, or one without, in a process of its own. */
async function measure(
  settings: Partial<AttentionMethod>,
  size = ['1024', '8', '64'],
  rest: object = { backward: true, map: true, layers: 3 },
): Promise<Measured> {
  const program = fileURLToPath(new URL('./attentionLayer.ts', import.meta.url));
  const options = JSON.stringify({ ...settings, ...rest, threads: 1 });
  const child = ['--import', 'tsx', program, ...size, options];
  const { stdout } = await promisify(execFile)(process.execPath, child);
  return JSON.parse(stdout) as Measured;
}

describe('attention', () => {
  it('takes far less memory head by head and recomputed, with the same results', async () => {
    const kept = await measure({ headsAtOnce: 8 });
    const headByHead = await measure({ headsAtOnce: 1, recompute: true, recomputeFrom: 0 });
    // Probabilities of all heads take 32 MiB a layer: three layers' kept, or one head's of 4 MiB.
    expect(headByHead.mib).toBeLessThan(0.5 * kept.mib);
    for (const [name, sum] of Object.entries(kept.sums)) expect(headByHead.sums[name]).toBeCloseTo(sum, 2);
  }, 60_000);

  it('takes far less memory in slices of the queries where nobody wants the map, with the same results', async () => {
    // Latents of 64 x 64: the scores and the probabilities of two heads are 128 MiB each.
    const size = ['4096', '2', '80'];
    const whole = await measure({ headsAtOnce: 2 }, size, {});
    const sliced = await measure({ headsAtOnce: 2, slices: 4 }, size, {});
    expect(sliced.mib).toBeLessThan(0.6 * whole.mib);
    expect(sliced.sums).toEqual(whole.sums);
  }, 120_000);

  it.each([2, 3, 5, 9])('in %s slices gives the same output and gradients', async (slices) => {
    const graph = new Graph();
    const [x, y] = [graph.input('x', 'float32', [2, 5, 12]), graph.input('y', 'float32', [2, 7, 12])];
    const mask = graph.constant(values(35, 2), [5, 7]);
    const outputs: Record<string, Tensor> = {};
    for (const [name, parts, recompute] of [
      ['whole', 1, false],
      ['sliced', slices, false],
      ['again', slices, true],
    ] as const) {
      // prettier-ignore
      const method = { ...plainAttention, slices: parts, sliceFrom: 0, headsAtOnce: 1, recompute, recomputeFrom: 0 };
      const { output } = attend(x, y, y, { heads: 3, method, mask });
      expect(output.shape).toEqual([2, 5, 12]);
      const [dx, dy] = grad(sumAll(mul(output, graph.constant(values(120, 3), [2, 5, 12]))), [x, y]);
      Object.assign(outputs, { [`output_${name}`]: output, [`dx_${name}`]: dx, [`dy_${name}`]: dy });
    }
    const result = await evaluate(outputs, { x: values(120), y: values(168, 4) });
    for (const of of ['output', 'dx', 'dy']) {
      const expected = result[`${of}_whole`] as Float32Array;
      expect(Math.max(...expected)).toBeGreaterThan(0);
      for (const name of ['sliced', 'again']) {
        (result[`${of}_${name}`] as Float32Array).forEach((own, i) =>
          expect(own).toBeCloseTo(Number(expected[i]), 5),
        );
      }
    }
  });

  it('slices neither small maps nor those that somebody wants', () => {
    const bytes = (method: Partial<AttentionMethod>, mapOf?: readonly [number, number]): number => {
      const graph = new Graph();
      const x = graph.input('x', 'float32', [1, 6, 12]);
      const { output, map } = attend(x, x, x, {
        heads: 2,
        method: { ...plainAttention, ...method },
        ...(mapOf ? { mapOf } : {}),
      });
      return encodeModel({ output, ...(map ? { map } : {}) }, '/').bytes.length;
    };
    const plain = bytes({});
    expect(bytes({ slices: 2, sliceFrom: 37 })).toBe(plain);
    expect(bytes({ slices: 2, sliceFrom: 36 })).toBeGreaterThan(plain);
    expect(bytes({ slices: 2, sliceFrom: 0 }, [0, 6])).toBe(bytes({}, [0, 6]));
  });

  it('takes heads in groups that divide them', async () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [2, 5, 12]);
    const outputs = Object.fromEntries(
      [1, 2, 3, 4, 5, 6].map((headsAtOnce) => {
        const { output } = attend(x, x, x, { heads: 6, method: { ...plainAttention, headsAtOnce } });
        return [`of_${headsAtOnce}`, output];
      }),
    );
    const result = await evaluate(outputs, { x: values(120) });
    for (const value of Object.values(result)) {
      (value as Float32Array).forEach((own, i) => expect(own).toBeCloseTo(Number(result['of_1']?.[i]), 5));
    }
  });

  it('exposes maps for one image only', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [2, 5, 12]);
    const request = { heads: 2, method: plainAttention, mapOf: [0, 5] } as const;
    expect(() => attend(x, x, x, request)).toThrow('attention maps are exposed for one image, not for 2');
  });

  it.each([
    ['small', 5, 7],
    ['large, head by head', 1500, 1501],
  ])('has the same gradient when it is fused: %s', async (_name, queries, keys) => {
    const graph = new Graph();
    const [x, y] = [graph.input('x', 'float32', [1, queries, 8]), graph.input('y', 'float32', [1, keys, 8])];
    const outputs: Record<string, Tensor> = {};
    for (const fused of [false, true]) {
      const { output } = attend(x, y, square(y), { heads: 2, method: { ...plainAttention, fused } });
      const [dx, dy] = grad(sumAll(mul(output, graph.constant(values(queries * 8, 3), [1, queries, 8]))), [
        x,
        y,
      ]);
      Object.assign(outputs, { [`dx_${fused}`]: dx, [`dy_${fused}`]: dy });
    }
    const result = await evaluate(outputs, { x: values(queries * 8), y: values(keys * 8, 4) });
    for (const of of ['dx', 'dy']) {
      const expected = result[`${of}_false`] as Float32Array;
      expect(Math.max(...expected)).toBeGreaterThan(0);
      (result[`${of}_true`] as Float32Array).forEach((own, i) =>
        expect(own).toBeCloseTo(Number(expected[i]), 5),
      );
    }
  });
});
