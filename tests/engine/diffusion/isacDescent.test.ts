import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makeSuite } from '../../../main/bench/suites.ts';
import { vocabularySchema } from '../../../main/bench/vocabulary.ts';
import type { Denoiser, Observation } from '../../../main/engine/diffusion/denoiser.ts';
import { guide } from '../../../main/engine/diffusion/guidance.ts';
import { Networks } from '../../../main/engine/diffusion/networks.ts';
import { createScheduler } from '../../../main/engine/diffusion/schedulers/createScheduler.ts';
import { TorchGenerator } from '../../../main/engine/diffusion/torchGenerator.ts';
import { weightBytes } from '../../../main/engine/diffusion/weightBytes.ts';
import { lambdaFeed, objectiveFeeds } from '../../../main/engine/isac/feeds.ts';
import { descend, normOf } from '../../../main/engine/isac/latentStep.ts';
import { captionTokens } from '../../../main/engine/text/boxTokens.ts';
import { ClipTokenizer } from '../../../main/engine/text/clipTokenizer.ts';
import { openModel } from '../../../main/engine/weights/openModel.ts';
import { isacSchema } from '../../../preload/contract/request.ts';

const folder = fileURLToPath(new URL('../../../assets/models/clipart-128', import.meta.url));
const size = { height: 16, width: 16 };
const STEPS = 25;
/** Latents before these steps of an unguided run. */
const AT = [0, 3, 7];
const settings = isacSchema.parse({ reusePrediction: false });

interface Descent {
  predicted: number;
  actual: number;
  count: number;
}

/** What each phase's own step predicts and brings, summed over layouts and steps, as shares of its loss. */
async function descents(): Promise<Record<'instance' | 'semantic', Descent>> {
  const model = await openModel(folder);
  const networks = new Networks(model, 'cpu', weightBytes(model));
  const tokenizer = new ClipTokenizer(model.tokenizer);
  const vocabulary = vocabularySchema.parse(JSON.parse(readFileSync(`${folder}/vocabulary.json`, 'utf8')));
  const layouts = (['mixing', 'colour'] as const)
    .flatMap((suite) => makeSuite(suite, vocabulary, 12, 3).filter(({ layout }) => layout.boxes.length === 2).slice(0, 2)); // prettier-ignore
  const sums = {
    instance: { predicted: 0, actual: 0, count: 0 },
    semantic: { predicted: 0, actual: 0, count: 0 },
  };
  const sizes = networks.objectiveSizes(size, settings);
  for (const { layout } of layouts) {
    const boxes = layout.boxes.map(({ box }) => box);
    const phrases = layout.boxes.map(({ phrase }) => phrase);
    const caption = tokenizer.encode(layout.caption ?? '');
    const pooled: Float32Array[] = [];
    for (const phrase of phrases)
      pooled.push((await networks.encodeText(tokenizer.encode(phrase).ids)).pooled);
    const denoiser: Denoiser = networks.denoiser({
      conditional: {
        hidden: (await networks.encodeText(caption.ids)).hidden,
        objects: await networks.groundingTokens(boxes, pooled),
      },
      unconditional: {
        hidden: (await networks.encodeText(tokenizer.encode('').ids)).hidden,
        objects: await networks.groundingTokens([], []),
      },
      size,
      boxes: boxes.length,
      settings,
      kinds: ['gradient'],
      grounded: [true],
    });
    const subjects = {
      boxes,
      tokens: captionTokens(layout.caption ?? '', phrases, caption).boxes,
      exempt: [],
      words: caption.ranges.map((range) => range !== null),
    };
    const feeds = {
      ...objectiveFeeds(subjects, sizes, settings),
      lambdas: lambdaFeed({ instance: 0.5, semantic: 0.5 }, settings.groundingLoss),
    };
    const scheduler = createScheduler('ddim', model.scheduler);
    scheduler.setTimesteps(STEPS);
    let latents = new TorchGenerator(5).randn(4 * size.height * size.width);
    for (let i = 0; i <= Math.max(...AT); i++) {
      const timestep = scheduler.timesteps[i] ?? 0;
      for (const phase of AT.includes(i) ? (['instance', 'semantic'] as const) : []) {
        const turn = { ...feeds, turn: new Float32Array(phase === 'instance' ? [1, 0] : [0, 1]) };
        const { gradient, seen } = await denoiser.gradient(latents, timestep, true, turn);
        if (!(gradient instanceof Float32Array)) throw new Error('one gradient was expected');
        const before = lossOf(seen, phase);
        const moved = descend(latents, gradient, 'normalised', settings.strength);
        const after = lossOf((await denoiser.gradient(moved, timestep, true, turn)).seen, phase);
        sums[phase].predicted += (settings.strength * Math.sqrt(gradient.length) * normOf(gradient)) / before;
        sums[phase].actual += (before - after) / before;
        sums[phase].count++;
      }
      const { unconditional, conditional } = await denoiser.predict(latents, timestep, true);
      latents = scheduler.step(guide(unconditional, conditional, 5), i, latents).previous;
    }
  }
  await networks.release();
  return sums;
}

function lossOf({ losses }: Observation, phase: 'instance' | 'semantic'): number {
  const [instance = 0, semantic = 0, grounding = 0] = losses;
  return phase === 'instance' ? instance : semantic + settings.groundingLoss * grounding;
}

describe('a step down the objective, on the embedded model', () => {
  it('lowers each phase’s loss by at least half of what its gradient predicts, over 24 layouts and steps', async () => {
    const sums = await descents();
    expect(sums.instance.count + sums.semantic.count).toBe(24);
    for (const [phase, { predicted, actual }] of Object.entries(sums)) {
      console.log(`${phase}: predicted ${predicted.toFixed(3)}, actual ${actual.toFixed(3)}`);
      expect(predicted, phase).toBeGreaterThan(0.01);
      expect(actual / predicted, phase).toBeGreaterThanOrEqual(0.5);
    }
  }, 600_000);
});
