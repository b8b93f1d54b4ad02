import type { SeedMode } from '../../preload/contract/project.ts';

/** Seeds of a run with variations: the document's own first, then as its mode says. */
export function seedsOf(first: number, mode: SeedMode, count: number, random: () => number): number[] {
  const seeds = [first];
  const used = new Set(seeds);
  while (seeds.length < count) {
    const last = seeds.at(-1) ?? first;
    const next =
      mode === 'random' ? Math.floor(random() * 2 ** 32) : last >= Number.MAX_SAFE_INTEGER ? 0 : last + 1;
    if (!used.has(next)) {
      used.add(next);
      seeds.push(next);
    }
  }
  return seeds;
}
