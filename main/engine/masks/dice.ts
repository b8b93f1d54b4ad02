/**
 * Worst overlap of any two maps as the paper measures it: each map is binarised by its own mean (equation 5) and
 * two masks are compared by Dice, 2 |A and B| / (|A| + |B|). 0 for fewer than two maps.
 *
 * @param maps count maps of `size` values each, one after the other
 */
export function worstDice(maps: Float32Array, count: number, size: number): number {
  if (maps.length !== count * size) {
    throw new Error(`${count} maps of ${size} need ${count * size} values, not ${maps.length}.`);
  }
  const masks = Array.from({ length: count }, (_, k) => binarise(maps.subarray(k * size, (k + 1) * size)));
  let worst = 0;
  masks.forEach((a, i) => {
    for (const b of masks.slice(i + 1)) worst = Math.max(worst, dice(a, b));
  });
  return worst;
}

/** Dice coefficient of two masks of 0 and 1; 0 when both are empty. */
export function dice(a: Uint8Array, b: Uint8Array): number {
  let both = 0;
  let sum = 0;
  for (let p = 0; p < a.length; p++) {
    both += (a[p] ?? 0) & (b[p] ?? 0);
    sum += (a[p] ?? 0) + (b[p] ?? 0);
  }
  return sum === 0 ? 0 : (2 * both) / sum;
}

/** 1 where a map is above its own mean (equation 5). */
export function binarise(map: Float32Array): Uint8Array {
  const mean = map.reduce((sum, value) => sum + value, 0) / map.length;
  return Uint8Array.from(map, (value) => (value > mean ? 1 : 0));
}
