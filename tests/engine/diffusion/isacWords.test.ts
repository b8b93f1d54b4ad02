import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makeSuite, type BenchLayout } from '../../../main/bench/suites.ts';
import { vocabularySchema } from '../../../main/bench/vocabulary.ts';
import { Cancelled } from '../../../main/engine/diffusion/cancelled.ts';
import { commonFolder } from '../../../main/engine/diffusion/commonFolder.ts';
import { Pipeline } from '../../../main/engine/diffusion/pipeline.ts';
import { GROUNDING_SLOTS } from '../../../main/engine/diffusion/unetGraphs.ts';
import { Networks } from '../../../main/engine/diffusion/networks.ts';
import { weightBytes } from '../../../main/engine/diffusion/weightBytes.ts';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { add, mulScalar } from '../../../main/engine/graph/ops/elementwise.ts';
import { reduceMean } from '../../../main/engine/graph/ops/reduce.ts';
import { buildUnet } from '../../../main/engine/models/unet/unet.ts';
import type { Probe } from '../../../main/engine/models/probe.ts';
import { floats } from '../../../main/engine/runtime/outputs.ts';
import { SessionPool } from '../../../main/engine/runtime/sessionPool.ts';
import { captionTokens } from '../../../main/engine/text/boxTokens.ts';
import { ClipTokenizer } from '../../../main/engine/text/clipTokenizer.ts';
import { weightFiles } from '../../../main/engine/weights/modelFolder.ts';
import { openModel } from '../../../main/engine/weights/openModel.ts';
import { requestSchema } from '../../../preload/contract/request.ts';

const folder = fileURLToPath(new URL('../../../assets/models/clipart-128', import.meta.url));
const STEPS = 12;
/** Guided steps, at half of the run. */
const GUIDED = 6;

/** Mean attention to each token of the caption, over pixels and the layers of 16 x 16: [L]. */
async function attentionMeter(): Promise<
  (layout: BenchLayout, latents: Float32Array, timestep: number) => Promise<number>
> {
  const model = await openModel(folder);
  const networks = new Networks(model, 'cpu', weightBytes(model));
  const tokenizer = new ClipTokenizer(model.tokenizer);
  const tokens = model.textEncoder.config.maxPositionEmbeddings;
  const { crossAttentionDim: features, inChannels } = model.unet.config;
  const pool = new SessionPool({
    provider: 'cpu',
    externalRoot: commonFolder(weightFiles(model)),
    weightsInPlace: false,
  });
  const session = await pool.get('attention', () => {
    const graph = new Graph();
    const maps: Probe[] = [];
    const probes = {
      wants: ({ kind, height }: Pick<Probe, 'kind' | 'height'>) => kind === 'cross' && height === 16,
      add: (probe: Probe) => void maps.push(probe),
    };
    const inputs = {
      latents: graph.input('latents', 'float32', [1, inChannels, 16, 16]),
      timestep: graph.input('timestep', 'float32', [1]),
      encoderHiddenStates: graph.input('hidden', 'float32', [1, tokens, features]),
      objects: graph.input('objects', 'float32', [1, GROUNDING_SLOTS, features]),
    };
    buildUnet(graph, model.unet.config, model.unet.tensors, inputs, { probes });
    const sum = maps.map(({ map }) => map).reduce(add);
    return { attention: reduceMean(mulScalar(sum, 1 / maps.length), [0]) };
  });
  return async ({ layout }, latents, timestep) => {
    const caption = tokenizer.encode(layout.caption ?? '');
    const phrases = layout.boxes.map(({ phrase }) => phrase);
    const pooled: Float32Array[] = [];
    for (const phrase of phrases)
      pooled.push((await networks.encodeText(tokenizer.encode(phrase).ids)).pooled);
    const objects = await networks.groundingTokens(layout.boxes.map(({ box }) => box), pooled); // prettier-ignore
    const { hidden } = await networks.encodeText(caption.ids);
    const fed = { latents, timestep: new Float32Array([timestep]), hidden, objects };
    const attention = floats(await session.run(fed), 'attention');
    const words = captionTokens(layout.caption ?? '', phrases, caption).boxes.flatMap(
      ({ classTokens }) => classTokens,
    );
    return words.reduce((total, position) => total + (attention[position] ?? 0), 0) / words.length;
  };
}

describe('the words of a caption, on the embedded model', () => {
  it('are attended to no less after guided steps than without them', async () => {
    const vocabulary = vocabularySchema.parse(JSON.parse(readFileSync(`${folder}/vocabulary.json`, 'utf8')));
    const layouts = makeSuite('mixing', vocabulary, 16, 3)
      .filter(({ layout }) => layout.boxes.length === 2)
      .slice(0, 6);
    expect(layouts).toHaveLength(6);
    const meter = await attentionMeter();
    const pipeline = await Pipeline.open(folder, 'cpu');
    const heard = { lo: 0, none: 0 };
    for (const layout of layouts) {
      for (const method of ['none', 'lo'] as const) {
        const request = requestSchema.parse({
          version: 1,
          model: folder,
          width: 128,
          height: 128,
          caption: layout.layout.caption,
          boxes: layout.layout.boxes,
          seed: 4,
          steps: STEPS,
          isac: { method, lastStep: GUIDED / STEPS },
        });
        let [seen, timestep] = [new Float32Array(), 0];
        let done = 0;
        const run = pipeline.generate(request, {
          stage: () => undefined,
          step: ({ step, latents, loss }) => {
            done = step;
            if (step === GUIDED) seen = latents.slice();
            if (step === GUIDED + 1) timestep = loss.timestep;
          },
          shouldStop: () => done > GUIDED,
        });
        await expect(run).rejects.toBeInstanceOf(Cancelled);
        heard[method] += await meter(layout, seen, timestep);
      }
    }
    await pipeline.release();
    console.log(`attention to class words: unguided ${heard.none.toFixed(4)}, guided ${heard.lo.toFixed(4)}`);
    expect(heard.none).toBeGreaterThan(0);
    expect(heard.lo).toBeGreaterThanOrEqual(heard.none);
  }, 600_000);
});
