// npx tsx scripts/bench/visibility.ts [layouts per suite] [PNG]
// Are instances visible in self-attention at all, at which layers, and from which step on? GLIGEN alone; the masks of every
// step (as the studio shows them) against the masks that the evaluator finds in the finished image, in the same boxes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import { contactSheet } from '../../main/bench/contactSheet.ts';
import { Evaluator } from '../../main/bench/evaluator.ts';
import { requestOf, shrink, usualOptions } from '../../main/bench/runBench.ts';
import { makeSuite } from '../../main/bench/suites.ts';
import { readVocabulary } from '../../main/bench/vocabulary.ts';
import { Pipeline } from '../../main/engine/diffusion/pipeline.ts';
import type { StepEvent } from '../../main/engine/diffusion/sampling.ts';
import { silent } from '../../main/engine/diffusion/silent.ts';
import { boxCover } from '../../main/engine/masks/assignment.ts';
import { drawOverlay } from '../../main/engine/masks/overlay.ts';
import { iouOfMasks } from '../../main/engine/masks/rle.ts';
import { stepMasks } from '../../main/engine/masks/stepMasks.ts';
import { appRoot } from '../../main/host/appRoot.ts';
import { defaultModel } from '../../main/host/models.ts';
import { encodePng } from '../../main/host/png.ts';
import { rgbOfBox } from '../../preload/contract/palette.ts';
import type { IsacSettings } from '../../preload/contract/isac.ts';

const count = Number(process.argv[2] ?? 12);
const picture = process.argv[3];
const SHOWN = [0, 4, 8, 12, 16, 20, 24];

const probes: Readonly<Record<string, Partial<IsacSettings>>> = {
  'all layers': {},
  'up to 8 x 8': { maxProbeSide: 8 },
  'up to 4 x 4': { maxProbeSide: 4 },
  'down and middle only': { earlyEnd: true },
};

const model = defaultModel();
const vocabulary = await readVocabulary(join(model.folder, 'vocabulary.json'));
const evaluator = await Evaluator.open(join(appRoot(), 'assets', 'models', 'evaluator'));
const pipeline = await Pipeline.open(model.source, 'cpu');
const sheet: Uint8Array[][] = [];
const table = new Table({
  head: ['suite', 'probes', ...SHOWN.map((step) => `step ${step + 1}`), 'returned', 'the box'],
});

for (const suite of ['apart', 'counting', 'mixing', 'colour'] as const) {
  for (const [name, settings] of Object.entries(probes)) {
    const sums = new Float64Array(SHOWN.length + 2);
    const add = (column: number, iou: number): void => {
      sums[column] = (sums[column] ?? 0) + iou;
    };
    let boxes = 0;
    for (const layout of makeSuite(suite, vocabulary, count, 1)) {
      const job = { layout, seed: 1, method: { name, isac: { method: 'none', ...settings } } } as const;
      const request = requestOf(job, pipeline, usualOptions);
      const events: StepEvent[] = [];
      const output = await pipeline.generate(request, {
        ...silent,
        step: (event) => void events.push(event),
      });
      const places = request.boxes.map(({ box }) => box);
      const { inBoxes: found, width, height } = await evaluator.look(output.image, places);
      const perStep = events.map(({ masks: soft, foreground, maskSize }) => {
        const maps = { soft, foreground, mapWidth: maskSize.width, mapHeight: maskSize.height };
        return stepMasks({ ...maps, count: places.length }, places);
      });
      found.forEach((object, k) => {
        if (!object) return;
        boxes++;
        const iouWith = (mask: Uint8Array | undefined, w: number, h: number): number =>
          mask ? iouOfMasks(resized(mask, w, h, width, height), object.mask) : 0;
        SHOWN.forEach((step, i) => {
          const at = perStep[step];
          add(i, at ? iouWith(at.masks[k], at.width, at.height) : 0);
        });
        const box = Uint8Array.from(boxCover(places[k] ?? [0, 0, 1, 1], width, height), (cover) => (cover >= 0.5 ? 1 : 0)); // prettier-ignore
        add(SHOWN.length, iouWith(output.masks[k], output.width, output.height));
        add(SHOWN.length + 1, iouWith(box, width, height));
      });
      if (name === 'all layers' && sheet.length < 6 && layout.id.endsWith('-1')) {
        sheet.push([output.image, ...SHOWN.map((step) => overlayOf(perStep[step], output, places))]);
      }
    }
    table.push([suite, name, ...[...sums].map((sum) => (sum / boxes).toFixed(2))]);
    console.error(`${suite}, ${name}: ${boxes} boxes`);
  }
}
console.log(table.toString());
if (picture !== undefined) {
  const { data, width, height } = contactSheet(sheet, pipeline.nativeSize.width, pipeline.nativeSize.height);
  writeFileSync(picture, encodePng(data, width, height, 3));
}
await pipeline.release();

/** A mask at another resolution: halves decide where it shrinks, cells repeat where it grows. */
function resized(
  mask: Uint8Array,
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
): Uint8Array {
  if (width >= toWidth) return shrink(mask, width, height, toWidth, toHeight);
  return Uint8Array.from({ length: toWidth * toHeight }, (_, p) => {
    const [x, y] = [Math.floor(((p % toWidth) * width) / toWidth), Math.floor((Math.floor(p / toWidth) * height) / toHeight)]; // prettier-ignore
    return mask[y * width + x] ?? 0;
  });
}

function overlayOf(
  step: ReturnType<typeof stepMasks> | undefined,
  { image, width, height }: { image: Uint8Array; width: number; height: number },
  boxes: readonly (readonly [number, number, number, number])[],
): Uint8Array {
  const owner = new Uint8Array(width * height);
  step?.masks.forEach((mask, k) =>
    resized(mask, step.width, step.height, width, height).forEach((value, p) => {
      if (value) owner[p] = k + 1;
    }),
  );
  const blank = new Uint8Array(image.length).fill(255);
  const rgba = drawOverlay({
    image: blank,
    width,
    height,
    owner,
    boxes: boxes.map((box) => [...box]),
    colourOf: rgbOfBox,
  });
  return rgba.filter((_, i) => i % 4 !== 3);
}
