import { describe, expect, it } from 'vitest';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { buildPositionNet } from '../../../main/engine/models/positionNet.ts';
import { tensorDirectory, type TensorEntry } from '../../../main/engine/weights/tensorDirectory.ts';
import { evaluate } from '../graph/evaluate.ts';
import { maxDifference, openFixture } from './fixture.ts';

describe('position net against diffusers', () => {
  it.each(['a', 'b', 'c'])('shape %s', async (name) => {
    const fixture = await openFixture('position-net');
    // The three models share their largest layer.
    const entries = new Map<string, TensorEntry>();
    for (const full of fixture.weights.names) {
      const [owner = ''] = full.split('.', 1);
      const entry = fixture.weights.get(full);
      if (entry && (owner === name || owner === 'shared')) entries.set(full.slice(owner.length + 1), entry);
    }
    const graph = new Graph();
    const input = (key: string) => graph.input(key, 'float32', fixture.shape(`${name}.${key}`));
    const objects = buildPositionNet(graph, tensorDirectory(fixture.weights.source, entries), {
      boxes: input('boxes'),
      masks: input('masks'),
      phrases: input('text'),
    });
    const result = await evaluate(
      { objects },
      {
        boxes: await fixture.floats(`${name}.boxes`),
        masks: await fixture.floats(`${name}.masks`),
        text: await fixture.floats(`${name}.text`),
      },
    );
    expect(objects.shape).toEqual(fixture.shape(`${name}.objects`));
    expect(maxDifference(result['objects'], await fixture.floats(`${name}.objects`))).toBeLessThan(1e-4);
  });
});
