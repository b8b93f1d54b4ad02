import { describe, expect, it } from 'vitest';
import { chosenSites, type ProbeChoice } from '../../../main/engine/isac/probes.ts';
import type { ProbeSite } from '../../../main/engine/models/probe.ts';

/** Attention of Stable Diffusion 1.x, two layers a resolution on the way down, three on the way up. */
function stableDiffusion(latents: number): ProbeSite[] {
  const layers = [
    ...[1, 2, 4].flatMap((factor, block) => [0, 1].map((i) => ({ layer: `down_blocks.${block}.attentions.${i}`, factor }))), // prettier-ignore
    { layer: 'mid_block.attentions.0', factor: 8 },
    ...[4, 2, 1].flatMap((factor, block) => [0, 1, 2].map((i) => ({ layer: `up_blocks.${block + 1}.attentions.${i}`, factor }))), // prettier-ignore
  ];
  return layers.flatMap(({ layer, factor }) =>
    (['self', 'grounding', 'cross'] as const).map((kind) => ({
      layer,
      kind,
      height: latents / factor,
      width: latents / factor,
      heads: 8,
    })),
  );
}

const all: ProbeChoice = {
  maxSide: null,
  minSide: null,
  semanticSide: null,
  earlyEnd: false,
  grounding: true,
};
const sidesOf = (latents: number, choice: Partial<ProbeChoice>, kind: ProbeSite['kind']): number[] =>
  chosenSites(stableDiffusion(latents), { ...all, ...choice })
    .filter((site) => site.kind === kind)
    .map(({ height }) => height)
    .sort((a, b) => a - b);
const times = (count: number, side: number): number[] => Array<number>(count).fill(side);

describe('which attention maps take part', () => {
  it('all of them, without bounds', () => {
    for (const kind of ['self', 'cross', 'grounding'] as const) {
      const wanted = [8, ...times(5, 16), ...times(5, 32), ...times(5, 64)];
      expect(sidesOf(64, {}, kind)).toEqual(wanted);
    }
  });

  it('self-attention between a lower and an upper bound', () => {
    expect(sidesOf(64, { minSide: 16 }, 'self')).toEqual([...times(5, 16), ...times(5, 32), ...times(5, 64)]);
    expect(sidesOf(64, { minSide: 16, maxSide: 32 }, 'self')).toEqual([...times(5, 16), ...times(5, 32)]);
    expect(sidesOf(64, { minSide: 32, maxSide: 8 }, 'self')).toEqual([8]);
  });

  it('the largest maps where none reaches the lower bound', () => {
    expect(sidesOf(8, { minSide: 16 }, 'self')).toEqual(times(5, 8));
    expect(sidesOf(16, { minSide: 16 }, 'self')).toEqual(times(5, 16));
  });

  it('attention to words and grounding tokens at the resolution nearest to the one that is asked for', () => {
    for (const kind of ['cross', 'grounding'] as const) {
      expect(sidesOf(64, { semanticSide: 16 }, kind)).toEqual(times(5, 16));
      expect(sidesOf(96, { semanticSide: 16 }, kind)).toEqual([12]);
      expect(sidesOf(96, { semanticSide: 24 }, kind)).toEqual(times(5, 24));
      expect(sidesOf(8, { semanticSide: 16 }, kind)).toEqual(times(5, 8));
    }
    expect(sidesOf(64, { semanticSide: 16, maxSide: 8 }, 'cross')).toEqual([8]);
  });

  it('no way up, and no grounding, where these are left out', () => {
    expect(sidesOf(64, { earlyEnd: true, minSide: 16 }, 'self')).toEqual([16, 16, 32, 32, 64, 64]);
    expect(sidesOf(64, { earlyEnd: true, semanticSide: 16 }, 'cross')).toEqual([16, 16]);
    expect(sidesOf(64, { grounding: false }, 'grounding')).toEqual([]);
  });
});
