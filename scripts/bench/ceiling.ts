// npx tsx scripts/bench/ceiling.ts [layouts per suite] [FOLDER of drawn scenes ...]
// What could be won at all? GLIGEN alone draws every box of a layout by itself, nothing beside it, same seed: how many the
// evaluator then names. And the same layouts drawn with true drawings (training/compose_layouts.py): how many it names there.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Table from 'cli-table3';
import { Evaluator, type Seen } from '../../main/bench/evaluator.ts';
import { requestOf, type BenchJob } from '../../main/bench/runBench.ts';
import { scoreImage, type ImageScore } from '../../main/bench/score.ts';
import { rates } from '../../main/bench/statistics.ts';
import { makeSuite, suiteNames, type BenchLayout } from '../../main/bench/suites.ts';
import { readVocabulary } from '../../main/bench/vocabulary.ts';
import { Pipeline } from '../../main/engine/diffusion/pipeline.ts';
import { appRoot } from '../../main/host/appRoot.ts';
import { defaultModel } from '../../main/host/models.ts';
import { decodePng } from '../../main/host/png.ts';
import { captionFromPhrases } from '../../preload/contract/caption.ts';
import type { Box } from '../../preload/contract/layout.ts';

const count = Number(process.argv[2] ?? 40);
const folders = process.argv.slice(3);
const SPLIT = 2;
const options = { steps: 25, guidanceScale: 5, groundingShare: 1, boxes: true };

const model = defaultModel();
const vocabulary = await readVocabulary(join(model.folder, 'vocabulary.json'));
const evaluator = await Evaluator.open(join(appRoot(), 'assets', 'models', 'evaluator'));
const pipeline = await Pipeline.open(model.source, 'cpu');
const table = new Table({ head: ['suite', 'how', 'filled', 'class', 'colour', 'count F1'] });

for (const suite of suiteNames) {
  const layouts = makeSuite(suite, vocabulary, count, SPLIT);
  const together: ImageScore[] = [];
  const alone: ImageScore[] = [];
  for (const layout of layouts) {
    together.push(await drawn(layout));
    for (let k = 0; k < layout.wanted.length; k++) alone.push(await drawn(onlyBox(layout, k)));
    console.error(layout.id);
  }
  row(suite, 'GLIGEN, all boxes together', together);
  row(suite, 'GLIGEN, every box in an image of its own', alone);
  for (const folder of folders) {
    const scores: ImageScore[] = [];
    for (const layout of layouts)
      scores.push(judged(layout, await seen(join(folder, `${layout.id}.png`), layout)));
    row(suite, basename(folder), scores);
  }
}
console.log(table.toString());
await pipeline.release();

async function drawn(layout: BenchLayout): Promise<ImageScore> {
  const job: BenchJob = { layout, seed: 1, method: { name: 'gligen', isac: { method: 'none' } } };
  const output = await pipeline.generate(requestOf(job, pipeline, options), {
    stage: () => undefined,
    step: () => undefined,
    shouldStop: () => false,
  });
  return judged(layout, await evaluator.look(output.image, boxesOf(layout)));
}

async function seen(png: string, layout: BenchLayout): Promise<Seen> {
  const { data, channels } = decodePng(readFileSync(png));
  return evaluator.look(
    data.filter((_, i) => i % channels < 3),
    boxesOf(layout),
  );
}

const boxesOf = ({ layout }: BenchLayout): Box[] => layout.boxes.map(({ box }) => box);

function judged({ wanted }: BenchLayout, { instances, inBoxes, width, height }: Seen): ImageScore {
  const { classes, colours } = evaluator.config;
  return scoreImage({ inBoxes, wanted, instances, masks: [], width, height, classes, colours });
}

function onlyBox({ id, suite, layout, wanted }: BenchLayout, k: number): BenchLayout {
  const boxes = layout.boxes.slice(k, k + 1);
  const caption = captionFromPhrases(boxes.map(({ phrase }) => phrase));
  return {
    id: `${id}-${k + 1}`,
    suite,
    layout: { ...layout, caption, boxes, bind: [] },
    wanted: wanted.slice(k, k + 1),
  };
}

function row(suite: string, how: string, scores: readonly ImageScore[]): void {
  const shown = (name: 'boxesFilled' | 'classAccuracy' | 'colourAccuracy' | 'countingF1'): string => {
    const value = rates[name](scores);
    return Number.isFinite(value) ? value.toFixed(3) : '-';
  };
  table.push([
    suite,
    how,
    shown('boxesFilled'),
    shown('classAccuracy'),
    shown('colourAccuracy'),
    shown('countingF1'),
  ]);
}
