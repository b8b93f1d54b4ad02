import { describe, expect, it } from 'vitest';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { buildVaeDecoder } from '../../../main/engine/models/vae/decoder.ts';
import { buildVaeEncoder } from '../../../main/engine/models/vae/encoder.ts';
import { vaeConfigSchema } from '../../../main/engine/weights/configs/vaeConfig.ts';
import { evaluate } from '../graph/evaluate.ts';
import { maxDifference, openFixture } from './fixture.ts';

describe.each(['vae-four-levels', 'vae-no-attention', 'vae-two-levels'])('%s against diffusers', (name) => {
  it('encodes', async () => {
    const fixture = await openFixture(name);
    const graph = new Graph();
    const image = graph.input('image', 'float32', fixture.shape('image'));
    const config = vaeConfigSchema.parse(fixture.config);
    const { mean, logvar } = buildVaeEncoder(graph, config, fixture.weights, image);
    const result = await evaluate({ mean, logvar }, { image: await fixture.floats('image') });
    expect(mean.shape).toEqual(fixture.shape('mean'));
    expect(maxDifference(result['mean'], await fixture.floats('mean'))).toBeLessThan(1e-4);
    expect(maxDifference(result['logvar'], await fixture.floats('logvar'))).toBeLessThan(1e-4);
  });

  it('decodes', async () => {
    const fixture = await openFixture(name);
    const graph = new Graph();
    const latents = graph.input('latents', 'float32', fixture.shape('latents'));
    const config = vaeConfigSchema.parse(fixture.config);
    const image = buildVaeDecoder(graph, config, fixture.weights, latents);
    const result = await evaluate({ image }, { latents: await fixture.floats('latents') });
    expect(image.shape).toEqual(fixture.shape('decoded'));
    expect(maxDifference(result['image'], await fixture.floats('decoded'))).toBeLessThan(1e-4);
  });
});
