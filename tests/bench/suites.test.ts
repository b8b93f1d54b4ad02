import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlap, overLayScore } from '../../main/bench/boxes.ts';
import { makeSuite, suiteNames } from '../../main/bench/suites.ts';
import { layoutSchema } from '../../preload/contract/layout.ts';

const vocabulary = {
  classes: ['dog', 'cat', 'horse', 'car', 'bus', 'train'].map((name, k) => ({
    name,
    supercategory: k < 3 ? 'animal' : 'vehicle',
  })),
  colours: ['red', 'blue', 'green'],
  heldOut: [],
};

describe('the suites', () => {
  it.each(suiteNames)('%s: valid layouts, the same for the same seed, others for another', (name) => {
    const layouts = makeSuite(name, vocabulary, 30, 1);
    expect(layouts).toEqual(makeSuite(name, vocabulary, 30, 1));
    expect(layouts).not.toEqual(makeSuite(name, vocabulary, 30, 2));
    for (const { layout, wanted } of layouts) {
      expect(layoutSchema.parse(layout)).toEqual(layout);
      expect(wanted).toHaveLength(layout.boxes.length);
    }
  });

  it('keeps boxes apart, or lets each overlap another, as the suite asks', () => {
    const worst = (name: (typeof suiteNames)[number]): number[] =>
      makeSuite(name, vocabulary, 30, 3).map(({ layout: { boxes } }) =>
        Math.max(...boxes.flatMap((a, i) => boxes.slice(i + 1).map((b) => overlap(a.box, b.box)))),
      );
    expect(Math.max(...worst('apart'))).toBe(0);
    expect(Math.min(...worst('mixing'))).toBeGreaterThanOrEqual(0.1);
    expect(Math.max(...worst('mixing'))).toBeLessThanOrEqual(0.35);
  });

  it('asks for one class in counting, one supercategory in mixing, different colours in colour', () => {
    const family = new Map(vocabulary.classes.map(({ name, supercategory }) => [name, supercategory]));
    for (const { wanted } of makeSuite('counting', vocabulary, 20, 1)) {
      expect(new Set(wanted.map((one) => one.class)).size).toBe(1);
    }
    for (const { wanted } of makeSuite('mixing', vocabulary, 20, 1)) {
      expect(new Set(wanted.map((one) => family.get(one.class))).size).toBe(1);
      expect(new Set(wanted.map((one) => one.class)).size).toBe(wanted.length);
    }
    for (const { wanted } of makeSuite('colour', vocabulary, 20, 1)) {
      expect(new Set(wanted.map((one) => one.colour)).size).toBe(wanted.length);
    }
  });
});

describe('OverLayScore', () => {
  it('is the IoU for equal phrases and 0 for unrelated ones', () => {
    const side = fc.double({ min: 0.1, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(side, side, (x, y) => {
        const boxes: [number, number, number, number][] = [[0, 0, 0.6, 0.6], [x, y, x + 0.4, y + 0.4]]; // prettier-ignore
        const [a, b] = [new Float32Array([1, 0]), new Float32Array([0, 1])];
        const [first, second] = boxes;
        if (!first || !second) return;
        expect(overLayScore(boxes, [a, a])).toBeCloseTo(overlap(first, second), 6);
        expect(overLayScore(boxes, [a, b])).toBe(0);
      }),
    );
  });
});
