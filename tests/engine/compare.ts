/** Largest absolute difference. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths ${a.length} and ${b.length} differ`);
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs((a[i] ?? NaN) - (b[i] ?? NaN)));
  return worst;
}

/** ||a - b|| / ||b||, and the cosine of the angle between them. */
export function relation(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): { relativeError: number; cosine: number } {
  let [difference, aa, bb, ab] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? NaN, b[i] ?? NaN];
    difference += (x - y) ** 2;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  return { relativeError: Math.sqrt(difference / bb), cosine: ab / Math.sqrt(aa * bb) };
}
