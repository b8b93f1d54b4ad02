import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { grad } from '../../../main/engine/graph/autodiff.ts';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { sumAll } from '../../../main/engine/graph/ops/reduce.ts';
import { attend, plainAttention, type AttentionMethod } from '../../../main/engine/models/attention.ts';
import { evaluate, values } from '../graph/evaluate.ts';

interface Measured {
  readonly ms: number;
  readonly mib: number;
  readonly sums: Readonly<Record<string, number>>;
}

/** One layer of 1024 tokens and 8 heads, with its map and its gradient, in a process of its own. */
async function measure(settings: Partial<AttentionMethod>): Promise<Measured> {
  const program = fileURLToPath(new URL('./attentionLayer.ts', import.meta.url));
  const options = JSON.stringify({ ...settings, backward: true, map: true, layers: 3, threads: 1 });
  const child = ['--import', 'tsx', program, '1024', '8', '64', options];
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

  it('says that fused attention has no gradient', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [1, 5, 12]);
    const { output } = attend(x, x, x, { heads: 2, method: { ...plainAttention, fused: true } });
    expect(() => grad(sumAll(output), [x])).toThrow('MultiHeadAttention has no backward rule');
  });
});
