import { optimalAssignment } from '../engine/masks/assignment.ts';
import { iouOfMasks } from '../engine/masks/rle.ts';
import type { Instance } from './instances.ts';
import type { Wanted } from './suites.ts';

/** Counts of one image; sums over images give the rates. */
export interface ImageScore {
  readonly boxes: number;
  /** Boxes that hold an object of their class. */
  readonly classRight: number;
  /** Boxes that ask for a colour, and those whose object has its class and its colour. */
  readonly coloured: number;
  readonly colourRight: number;
  /** Of each class: asked and found, found too many, missed; objects of classes that nobody asked for are too many. */
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  /** Those among the false positives whose class nobody asked for: ISAC's authors leave them out (HRS-Bench). */
  readonly strangers: number;
  /** The benchmark's level of the layout; 1 where it has none. */
  readonly level: number;
  /** 1 when every class asked for is present at least as often as asked. */
  readonly complete: number;
  /** Sum of IoUs of returned masks with the evaluator's, over boxes that were matched, and their number. */
  readonly maskIou: number;
  readonly matched: number;
  /** Mean confidence of the evaluator in what it found; 0 when it found nothing. */
  readonly confidence: number;
}

export interface Scene {
  /** Per wanted object what is seen in its box; null: nothing was said of places, so an object counts wherever it stands. */
  readonly inBoxes: readonly (Instance | null)[] | null;
  readonly wanted: readonly Wanted[];
  readonly instances: readonly Instance[];
  /** The engine's masks at the evaluator's resolution, one per box. */
  readonly masks: readonly Uint8Array[];
  readonly width: number;
  readonly height: number;
  readonly classes: readonly string[];
  readonly colours: readonly string[];
  readonly level?: number;
}

/** Compares what the evaluator sees with what was asked for. */
export function scoreImage(scene: Scene): ImageScore {
  const { wanted, instances, classes, colours } = scene;
  const matches = scene.inBoxes ?? matchByWords(scene);
  const score = { classRight: 0, coloured: 0, colourRight: 0, maskIou: 0, matched: 0 };
  wanted.forEach(({ class: noun, colour }, k) => {
    if (colour !== null) score.coloured++;
    const instance = matches[k];
    if (!instance) return;
    score.matched++;
    score.maskIou += iouOfMasks(scene.masks[k] ?? new Uint8Array(instance.mask.length), instance.mask);
    if (classes[instance.class] !== noun) return;
    score.classRight++;
    if (colour !== null && colours[instance.colour] === colour) score.colourRight++;
  });

  const asked = countBy(wanted.map(({ class: noun }) => noun));
  const found = countBy(instances.map((instance) => classes[instance.class] ?? ''));
  let [truePositives, falsePositives, falseNegatives, strangers] = [0, 0, 0, 0];
  for (const name of new Set([...asked.keys(), ...found.keys()])) {
    const [a, f] = [asked.get(name) ?? 0, found.get(name) ?? 0];
    truePositives += Math.min(a, f);
    falsePositives += Math.max(0, f - a);
    if (a === 0) strangers += f;
    falseNegatives += Math.max(0, a - f);
  }
  const confidence =
    instances.reduce((sum, instance) => sum + instance.confidence, 0) / Math.max(1, instances.length);
  const complete = falseNegatives === 0 ? 1 : 0;
  return {
    boxes: wanted.length,
    ...score,
    truePositives,
    falsePositives,
    falseNegatives,
    strangers,
    level: scene.level ?? 1,
    complete,
    confidence,
  };
}

/** Without boxes: the assignment of instances whose words agree best, masks deciding between equals. */
function matchByWords(scene: Scene): (Instance | null)[] {
  const { wanted, instances } = scene;
  const size = Math.max(wanted.length, instances.length);
  if (size === 0) return [];
  const likeness = agreement(scene);
  const costs = Array.from({ length: size }, (_, k) =>
    Array.from({ length: size }, (__, i) => -likeness(k, i)),
  );
  const columns = optimalAssignment(costs);
  return wanted.map((_, k) => {
    const i = columns[k] ?? -1;
    return likeness(k, i) > 0 ? (instances[i] ?? null) : null;
  });
}

type Likeness = (wanted: number, instance: number) => number;

/** 2 for the class, 1 for the colour, less than 1 for the mask. */
function agreement({ wanted, instances, masks, classes, colours }: Scene): Likeness {
  return (k, i) => {
    const [want, instance, mask] = [wanted[k], instances[i], masks[k]];
    if (!want || !instance) return 0;
    const named = classes[instance.class] === want.class ? 2 : 0;
    const painted = want.colour !== null && colours[instance.colour] === want.colour ? 1 : 0;
    return named + painted + (mask ? iouOfMasks(mask, instance.mask) / 2 : 0);
  };
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
