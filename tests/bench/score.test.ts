import { describe, expect, it } from 'vitest';
import { decodeInstances, type EvaluatorMaps } from '../../main/bench/instances.ts';
import { scoreImage } from '../../main/bench/score.ts';
import { pairedBootstrap, rates } from '../../main/bench/statistics.ts';
import type { ImageScore } from '../../main/bench/score.ts';

const [width, height] = [16, 12];
const area = width * height;

/** Maps of two squares, of class 0 colour 1 on the left and class 1 uncoloured on the right. */
function twoSquares(): EvaluatorMaps {
  const maps = {
    width,
    height,
    semantic: new Float32Array(3 * area),
    centre: new Float32Array(area).fill(-9),
    offset: new Float32Array(2 * area),
  };
  for (let p = 0; p < area; p++) {
    const [x, y] = [p % width, Math.floor(p / width)];
    const which = y < 3 || y > 8 ? null : x >= 1 && x <= 6 ? 0 : x >= 9 && x <= 14 ? 1 : null;
    maps.semantic[(which === null ? 0 : which + 1) * area + p] = 8;
    if (which === null) continue;
    const [cx, cy] = [which === 0 ? 3 : 11, 5];
    if (x === cx && y === cy) maps.centre[p] = 4;
    maps.offset[p] = cx - x;
    maps.offset[area + p] = cy - y;
  }
  return maps;
}

describe('decodeInstances', () => {
  const options = { centreThreshold: 0.3, peakWindow: 5, minPixels: 4 };

  it('separates two objects', () => {
    const found = decodeInstances(twoSquares(), options);
    expect(found.map(({ area: size }) => size)).toEqual([36, 36]);
    const columns = found.map(({ mask }) => [...mask].flatMap((value, p) => (value ? [p % width] : [])));
    expect(columns.map((xs) => [Math.min(...xs), Math.max(...xs)])).toEqual([[1, 6], [9, 14]]); // prettier-ignore
  });

  it('finds nothing where no centre is above the threshold', () => {
    expect(decodeInstances(twoSquares(), { ...options, centreThreshold: 0.99 })).toEqual([]);
  });
});

describe('scoreImage', () => {
  const instances = decodeInstances(twoSquares(), { centreThreshold: 0.3, peakWindow: 5, minPixels: 4 }).map(
    (found, k) => ({ ...found, class: k, colour: k + 1, confidence: 0.9 }),
  );
  const scene = {
    inBoxes: instances,
    instances,
    masks: instances.map(({ mask }) => mask),
    width,
    height,
    classes: ['dog', 'cat'],
    colours: ['red', 'blue'],
  };

  it('counts a perfect image as perfect', () => {
    const wanted = [{ class: 'dog', colour: 'blue' }, { class: 'cat', colour: null }]; // prettier-ignore
    expect(scoreImage({ ...scene, wanted })).toMatchObject({
      boxes: 2, classRight: 2, coloured: 1, colourRight: 1, truePositives: 2, falsePositives: 0, falseNegatives: 0, complete: 1, maskIou: 2, matched: 2,
    }); // prettier-ignore
  });

  it('counts a wrong class as one missed and one too many, a wrong colour as wrong', () => {
    const wanted = [{ class: 'dog', colour: 'red' }, { class: 'dog', colour: null }]; // prettier-ignore
    expect(scoreImage({ ...scene, wanted })).toMatchObject({
      classRight: 1, colourRight: 0, truePositives: 1, falsePositives: 1, falseNegatives: 1, complete: 0,
    }); // prettier-ignore
  });

  it('counts objects as ISAC’s authors do, too: those that nobody asked for do not count', () => {
    const wanted = [{ class: 'dog', colour: null }, { class: 'dog', colour: null }]; // prettier-ignore
    const dog = instances[0];
    const cat = instances[1];
    if (!dog || !cat) throw new Error('two instances are needed');
    // Two dogs asked; found: three dogs and two cats, or one dog and a cat.
    const many = scoreImage({ ...scene, wanted, instances: [dog, dog, dog, cat, cat] });
    expect(many).toMatchObject({
      truePositives: 2,
      falsePositives: 3,
      strangers: 2,
      falseNegatives: 0,
      level: 1,
    });
    const few = scoreImage({ ...scene, wanted, instances: [dog, cat], level: 2 });
    expect(few).toMatchObject({
      truePositives: 1,
      falsePositives: 1,
      strangers: 1,
      falseNegatives: 1,
      level: 2,
    });
    // By hand: ours 6 / (6 + 4 + 1); theirs the mean of 4 / (4 + 1) and 2 / (2 + 1).
    expect(rates.countingF1([many, few])).toBeCloseTo(6 / 11, 10);
    expect(rates.countingF1OfPaper([many, few])).toBeCloseTo((4 / 5 + 2 / 3) / 2, 10);
    expect(rates.countingF1OfPaper([many])).toBeCloseTo(4 / 5, 10);
  });

  it('sees no object where nothing was found', () => {
    const wanted = [{ class: 'dog', colour: null }, { class: 'cat', colour: null }]; // prettier-ignore
    expect(scoreImage({ ...scene, inBoxes: [null, null], instances: [], wanted })).toMatchObject({ matched: 0, classRight: 0, falseNegatives: 2, confidence: 0 }); // prettier-ignore
  });

  it('judges a box by its own object, counts by all that was found', () => {
    const wanted = [{ class: 'dog', colour: null }, { class: 'cat', colour: null }]; // prettier-ignore
    const inBoxes = [null, instances[1] ?? null];
    expect(scoreImage({ ...scene, inBoxes, wanted })).toMatchObject({ matched: 1, classRight: 1, truePositives: 2, complete: 1 }); // prettier-ignore
  });

  it('without boxes gives each wanted object the instance whose words and mask agree best', () => {
    const wanted = [
      { class: 'cat', colour: null },
      { class: 'dog', colour: 'blue' },
      { class: 'dog', colour: null },
    ];
    const masks = [1, 0, 0].map((k) => instances[k]?.mask ?? new Uint8Array());
    const score = scoreImage({ ...scene, inBoxes: null, wanted, masks });
    // The one dog is blue, so it is the second's, although the third's mask fits as well.
    expect(score).toMatchObject({
      boxes: 3,
      classRight: 2,
      coloured: 1,
      colourRight: 1,
      matched: 2,
      maskIou: 2,
    });
    expect(score).toMatchObject({ truePositives: 2, falseNegatives: 1, falsePositives: 0, complete: 0 });
  });
});

describe('pairedBootstrap', () => {
  const image = (classRight: number): ImageScore => ({
    boxes: 2, classRight, coloured: 0, colourRight: 0, truePositives: classRight, falsePositives: 0, falseNegatives: 2 - classRight, strangers: 0, level: 1, complete: 0, maskIou: 0, matched: 0, confidence: 0,
  }); // prettier-ignore
  const ratio = (a: readonly ImageScore[], b: readonly ImageScore[]): number =>
    rates.classAccuracy(a) / rates.classAccuracy(b);

  it('is exactly 1 for a method against itself', () => {
    const scores = [2, 1, 2, 0, 1, 2].map(image);
    expect(pairedBootstrap(scores, scores, ratio)).toEqual({ value: 1, low: 1, high: 1 });
  });

  it('clears 1 when one method is better on every image', () => {
    const interval = pairedBootstrap(Array.from({ length: 20 }, () => image(2)), Array.from({ length: 20 }, () => image(1)), ratio); // prettier-ignore
    expect(interval).toEqual({ value: 2, low: 2, high: 2 });
  });

  it('includes 1 when neither is better', () => {
    const a = [2, 0, 1, 2, 0, 1, 2, 0].map(image);
    const b = [0, 2, 1, 0, 2, 1, 1, 1].map(image);
    const { low, high } = pairedBootstrap(a, b, ratio);
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1);
  });
});
