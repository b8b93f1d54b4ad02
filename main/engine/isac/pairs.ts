/** All pairs (i, j), i < j, of `count` things, in the order that the objective feeds their weights. */
export function pairsOf(count: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) pairs.push([i, j]);
  }
  return pairs;
}
