import { z } from 'zod';
import { MAX_BOXES, type LayoutBox } from './layout.ts';
import { promptClasses, type PromptClass } from './promptClasses.ts';

/** Things of one class that an image without a layout is to hold. */
export const instancesSchema = z.strictObject({
  /** In the singular, with attributes: "brown horse". */
  phrase: z.string().trim().min(1).max(200),
  count: z.int().min(1).max(MAX_BOXES),
});

export type Instances = z.infer<typeof instancesSchema>;

/** What a class is called where a box would have its phrase. */
export const phraseOfClass = ({ class: noun, attributes }: PromptClass): string =>
  [...attributes, noun].join(' ').slice(0, 200);

/**
 * What a caption counts ("two brown horses and a dog": 2 of "brown horse", 1 of "dog"), for a request without boxes. A
 * phrase that comes twice is one entry. Empty when it counts nothing.
 */
export function promptInstances(caption: string): Instances[] {
  const counts = new Map<string, number>();
  for (const one of promptClasses(caption)) {
    const phrase = phraseOfClass(one);
    counts.set(phrase, (counts.get(phrase) ?? 0) + one.count);
  }
  return [...counts].map(([phrase, count]) => ({ phrase, count }));
}

/**
 * Everything in a request that gets a mask, in the order of the masks: the boxes of its layout, or the instances of its
 * prompt. These may lie anywhere: their box is the whole image.
 */
export function subjectsOf({
  boxes,
  instances,
}: {
  readonly boxes: readonly LayoutBox[];
  readonly instances: readonly Instances[];
}): readonly LayoutBox[] {
  if (boxes.length > 0) return boxes;
  return instances
    .flatMap(({ phrase, count }) => Array.from({ length: count }, () => phrase))
    .map((phrase, index) => ({ id: `instance-${index + 1}`, phrase, box: [0, 0, 1, 1] }));
}

/** Whether boxes and instances make a request; else what is wrong, and where. */
export function subjectProblem({
  boxes,
  instances,
}: {
  readonly boxes: readonly unknown[];
  readonly instances: readonly Instances[];
}): { readonly path: 'boxes' | 'instances'; readonly message: string } | null {
  const total = instances.reduce((sum, { count }) => sum + count, 0);
  if (boxes.length === 0 && total === 0) {
    return { path: 'boxes', message: 'must hold a box, unless "instances" says what to count' };
  }
  if (boxes.length > 0 && total > 0) {
    return { path: 'instances', message: 'must be empty where there are boxes' };
  }
  if (total > MAX_BOXES) {
    return { path: 'instances', message: `count ${total} things, but an image holds at most ${MAX_BOXES}` };
  }
  return null;
}
