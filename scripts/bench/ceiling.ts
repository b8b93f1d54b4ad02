// npx tsx scripts/bench/ceiling.ts [layouts per suite] [PNG] [FOLDER of drawn scenes ...]
// What could be won at all? GLIGEN alone draws every box of a layout by itself, nothing beside it, same seed: how many the
// evaluator then names. And the same layouts drawn with true drawings (training/compose_layouts.py): how many it names there.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Table from 'cli-table3';
import { contactSheet } from '../../main/bench/contactSheet.ts';
import { Evaluator, type Seen } from '../../main/bench/evaluator.ts';
import { requestOf, usualOptions, type BenchJob } from '../../main/bench/runBench.ts';
import { scoreImage, type ImageScore } from '../../main/bench/score.ts';
import { rates } from '../../main/bench/statistics.ts';
import { makeSuite, suiteNames, type BenchLayout } from '../../main/bench/suites.ts';
import { readVocabulary } from '../../main/bench/vocabulary.ts';
import { Pipeline } from '../../main/engine/diffusion/pipeline.ts';
import { silent } from '../../main/engine/diffusion/silent.ts';
import { drawOverlay } from '../../main/engine/masks/overlay.ts';
import { appRoot } from '../../main/host/appRoot.ts';
import { defaultModel } from '../../main/host/models.ts';
import { decodePng, encodePng } from '../../main/host/png.ts';
import { captionFromPhrases } from '../../preload/contract/caption.ts';
import type { Box } from '../../preload/contract/layout.ts';
import { rgbOfBox } from '../../preload/contract/palette.ts';

const count = Number(process.argv[2] ?? 40);
const picture = process.argv[3];
const folders = process.argv.slice(4);
const SPLIT = 2;
/** Layouts of `mixing` in the picture: true drawings, GLIGEN's image, and what the evaluator sees in both. */
const SHOWN = 6;
const sheet: Uint8Array[][] = [];

const model = defaultModel();
const vocabulary = await readVocabulary(join(model.folder, 'vocabulary.json'));
const evaluator = await Evaluator.open(join(appRoot(), 'assets', 'models', 'evaluator'));
const pipeline = await Pipeline.open(model.source, 'cpu');
const table = new Table({ head: ['suite', 'how', 'filled', 'class', 'colour', 'count F1'] });

for (const suite of suiteNames) {
  const layouts = makeSuite(suite, vocabulary, count, SPLIT);
  const together: ImageScore[] = [];
  const alone: ImageScore[] = [];
  const trueDrawings = folders.map((): ImageScore[] => []);
  for (const [index, layout] of layouts.entries()) {
    const images = [
      ...folders.map((folder) => readRgb(join(folder, `${layout.id}.png`))),
      await drawn(layout),
    ];
    const looks = await Promise.all(images.map((image) => evaluator.look(image, boxesOf(layout))));
    looks.forEach((seen, i) => (trueDrawings[i] ?? together).push(judged(layout, seen)));
    if (suite === 'mixing' && index < SHOWN) {
      sheet.push(images.flatMap((image, i) => [image, overlayOf(image, looks[i], boxesOf(layout))]));
    }
    for (let k = 0; k < layout.wanted.length; k++) {
      const one = onlyBox(layout, k);
      alone.push(judged(one, await evaluator.look(await drawn(one), boxesOf(one))));
    }
    console.error(layout.id);
  }
  trueDrawings.forEach((scores, i) => row(suite, basename(folders[i] ?? ''), scores));
  row(suite, 'GLIGEN, every box in an image of its own', alone);
  row(suite, 'GLIGEN, all boxes together', together);
}
console.log(table.toString());
if (picture !== undefined) {
  const { data, width, height } = contactSheet(sheet, pipeline.nativeSize.width, pipeline.nativeSize.height);
  writeFileSync(picture, encodePng(data, width, height, 3));
}
await pipeline.release();

async function drawn(layout: BenchLayout): Promise<Uint8Array> {
  const job: BenchJob = { layout, seed: 1, method: { name: 'gligen', isac: { method: 'none' } } };
  const { image } = await pipeline.generate(requestOf(job, pipeline, usualOptions), silent);
  return image;
}

function readRgb(png: string): Uint8Array {
  const { data, channels } = decodePng(readFileSync(png));
  return data.filter((_, i) => i % channels < 3);
}

function boxesOf({ layout }: BenchLayout): Box[] {
  return layout.boxes.map(({ box }) => box);
}

function judged({ wanted }: BenchLayout, { instances, inBoxes, width, height }: Seen): ImageScore {
  const { classes, colours } = evaluator.config;
  return scoreImage({ inBoxes, wanted, instances, masks: [], width, height, classes, colours });
}

/** The image with what the evaluator sees in each box. */
function overlayOf(image: Uint8Array, seen: Seen | undefined, boxes: readonly Box[]): Uint8Array {
  const { width, height } = pipeline.nativeSize;
  const owner = new Uint8Array(width * height);
  seen?.inBoxes.forEach((one, k) => {
    if (!one) return;
    const scale = width / seen.width;
    for (let p = 0; p < owner.length; p++) {
      const at = Math.floor(Math.floor(p / width) / scale) * seen.width + Math.floor((p % width) / scale);
      if (one.mask[at]) owner[p] = k + 1;
    }
  });
  const rgba = drawOverlay({ image, width, height, owner, boxes, colourOf: rgbOfBox });
  return rgba.filter((_, i) => i % 4 !== 3);
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
