import { describe, expect, it } from 'vitest';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { buildClipText, pooledRows } from '../../../main/engine/models/clipText.ts';
import { textEncoderConfigSchema } from '../../../main/engine/weights/configs/textEncoderConfig.ts';
import { evaluate } from '../graph/evaluate.ts';
import { maxDifference, openFixture } from './fixture.ts';

describe('CLIP text encoder against transformers', () => {
  it.each(['clip-quick-gelu', 'clip-gelu', 'clip-one-head'])('%s', async (name) => {
    const fixture = await openFixture(name);
    const config = textEncoderConfigSchema.parse(fixture.config);
    const graph = new Graph();
    const [batch = 0, length = 0] = fixture.shape('ids');
    const inputs = {
      ids: graph.input('ids', 'int64', [batch, length]),
      rows: graph.input('rows', 'int64', [batch]),
    };
    const { hidden, pooled } = buildClipText(graph, config, fixture.weights, inputs);
    const skipped = buildClipText(graph, config, fixture.weights, { ...inputs, rows: null }, 1);
    if (!pooled) throw new Error('nothing pooled');
    expect(skipped.pooled).toBeNull();

    const ids = await fixture.integers('ids');
    const rows = pooledRows([...ids].map(Number), length, config.eosTokenId);
    const result = await evaluate({ hidden, pooled, skipped: skipped.hidden }, { ids, rows });
    expect(maxDifference(result['hidden'], await fixture.floats('hidden'))).toBeLessThan(1e-4);
    expect(maxDifference(result['pooled'], await fixture.floats('pooled'))).toBeLessThan(1e-4);
    expect(maxDifference(result['skipped'], await fixture.floats('hidden_clip_skip_1'))).toBeLessThan(1e-4);
  });

  it('pools at the first end of text, or at the largest id where the config is old', () => {
    expect(pooledRows([1, 5, 9, 9, 7, 9, 9, 9], 4, 9)).toEqual(BigInt64Array.from([2n, 5n]));
    expect(pooledRows([1, 5, 9, 9, 7, 3, 2, 2], 4, 2)).toEqual(BigInt64Array.from([2n, 4n]));
  });

  it('refuses more tokens than there are positions', async () => {
    const fixture = await openFixture('clip-gelu');
    const config = textEncoderConfigSchema.parse(fixture.config);
    const graph = new Graph();
    const ids = graph.input('ids', 'int64', [1, 17]);
    expect(() => buildClipText(graph, config, fixture.weights, { ids, rows: null })).toThrow(
      '17 tokens, at most 16 fit',
    );
  });
});
