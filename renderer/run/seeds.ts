import type { SeedMode } from '../../preload/contract/project.ts';

const after = (seed: number): number => (seed >= Number.MAX_SAFE_INTEGER ? 0 : seed + 1);

/** The seed itself while nothing was made with it, else the next that is free. */
export function freeSeed(seed: number, used: ReadonlySet<number>): number {
  let free = seed;
  while (used.has(free)) {
    free = after(free);
  }
  return free;
}

/**
 * Seeds of a run with variations: the document's own first, then as its mode says.
 *
 * @param made whether a picture of the same request with a seed is there already: variations pass it over
 */
export function seedsOf(
  first: number,
  mode: SeedMode,
  count: number,
  random: () => number,
  made: (seed: number) => boolean = () => false,
): number[] {
  const seeds: number[] = [];
  const seen = new Set<number>();
  for (let next = first; seeds.length < count;) {
    if (!seen.has(next) && !made(next)) {
      seeds.push(next);
    }
    seen.add(next);
    next = mode === 'random' ? Math.floor(random() * 2 ** 32) : after(next);
  }
  return seeds;
}
