import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluate, values } from './evaluate.ts';
import { printNodes } from './printNodes.ts';
import { attention } from './readme/attention.ts';
import { square } from './readme/square.ts';

const readme = readFileSync(new URL('../../../main/engine/graph/README.md', import.meta.url), 'utf8');

/** The body of an example's function, as the README shows it. */
function bodyOf(example: string): string {
  const source = readFileSync(new URL(`./readme/${example}.ts`, import.meta.url), 'utf8');
  const lines = source.slice(source.indexOf('{\n', source.indexOf('export function')) + 2, source.lastIndexOf('\n  return')).split('\n'); // prettier-ignore
  return lines.map((line) => line.slice(2)).join('\n');
}

describe('the examples of the graph README', () => {
  it.each([
    ['square', () => { const { y, slope } = square(); return [y, ...slope]; }],
    ['attention', () => { const { loss, slope } = attention(); return [loss, ...slope]; }],
  ] as const)('%s: code and nodes are those of the README', (name, build) => {
    expect(readme).toContain(bodyOf(name));
    expect(readme).toContain(printNodes(build()));
  }); // prettier-ignore

  it('the slope of x^2 at 3 is 6', async () => {
    const [dx] = square().slope;
    if (!dx) throw new Error('no slope');
    expect(await evaluate({ dx }, { x: new Float32Array([3]) })).toEqual({ dx: new Float32Array([6]) });
  });

  it('the gradient of attention is P (dP - sum(P dP)) K, computed by hand', async () => {
    const [dq] = attention().slope;
    if (!dq) throw new Error('no slope');
    const [q, k, v] = [values(32, 1), values(48, 2), values(48, 3)];
    const found = (await evaluate({ dq }, { Q: q, K: k, V: v }))['dq'] as Float32Array;
    const at = (matrix: Float32Array, row: number, column: number): number => matrix[row * 8 + column] ?? 0;
    const features = [0, 1, 2, 3, 4, 5, 6, 7];
    const keys = [0, 1, 2, 3, 4, 5];
    for (const row of [0, 1, 2, 3]) {
      const powers = keys.map((j) =>
        Math.exp(features.reduce((sum, c) => sum + at(q, row, c) * at(k, j, c), 0)),
      );
      const total = powers.reduce((a, b) => a + b);
      const p = powers.map((power) => power / total);
      // dY is all ones, so dP = dY V^T is the sum of each value's features.
      const dp = keys.map((j) => features.reduce((sum, c) => sum + at(v, j, c), 0));
      const mean = keys.reduce((sum, j) => sum + (p[j] ?? 0) * (dp[j] ?? 0), 0);
      for (const c of features) {
        const right = keys.reduce((sum, j) => sum + (p[j] ?? 0) * ((dp[j] ?? 0) - mean) * at(k, j, c), 0);
        expect(at(found, row, c)).toBeCloseTo(right, 5);
      }
    }
  });
});
