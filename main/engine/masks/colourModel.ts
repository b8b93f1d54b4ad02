/** Cells per channel of the colour histograms. */
const LEVELS = 16;

/**
 * One round of colour evidence, GrabCut's idea (Rother et al. 2004) with histograms and without a graph cut: every
 * owner's colours are counted under its share of each pixel, and the shares are multiplied by how likely the pixel's
 * colour is for each owner (Bayes), then scaled to sum to 1 again.
 *
 * @param shares background and boxes, values >= 0 (a filter may leave slightly negative ones: they count as 0)
 * @param trust exponent of the likelihood, 0..1: the share of the colour evidence
 * @param image RGB, 8 bits
 */
export function weighByColour(
  shares: readonly Float32Array[],
  image: Uint8Array,
  trust: number,
): Float32Array[] {
  const size = image.length / 3;
  const { low, weight } = interpolation(image);
  const corners = [0, 1, LEVELS, LEVELS + 1].flatMap((c) => [c, c + LEVELS * LEVELS]);
  const histograms = shares.map((share) => {
    // A trace of everywhere keeps colours that an owner never showed from being impossible.
    const histogram = new Float32Array(LEVELS ** 3).fill(1e-3);
    let total = 1e-3 * LEVELS ** 3;
    for (let p = 0; p < size; p++) {
      const value = share[p] ?? 0;
      if (value <= 0) continue;
      total += value;
      for (let c = 0; c < 8; c++) {
        const cell = (low[p] ?? 0) + (corners[c] ?? 0);
        histogram[cell] = (histogram[cell] ?? 0) + value * (weight[8 * p + c] ?? 0);
      }
    }
    return histogram.map((value) => value / total);
  });
  const out = shares.map(() => new Float32Array(size));
  const scores = new Float32Array(shares.length);
  for (let p = 0; p < size; p++) {
    let sum = 0;
    for (let k = 0; k < shares.length; k++) {
      const share = shares[k]?.[p] ?? 0;
      scores[k] = 0;
      if (share <= 0) continue;
      let likelihood = 0;
      for (let c = 0; c < 8; c++) {
        likelihood += (histograms[k]?.[(low[p] ?? 0) + (corners[c] ?? 0)] ?? 0) * (weight[8 * p + c] ?? 0);
      }
      const score = share * likelihood ** trust;
      scores[k] = score;
      sum += score;
    }
    for (let k = 0; k < shares.length; k++) {
      const map = out[k];
      if (map !== undefined) map[p] = sum > 0 ? (scores[k] ?? 0) / sum : k === 0 ? 1 : 0;
    }
  }
  return out;
}

/** Trilinear cells of every pixel's colour: its lowest cell and the weights of the eight around it. */
function interpolation(image: Uint8Array): { low: Int32Array; weight: Float32Array } {
  const size = image.length / 3;
  const low = new Int32Array(size);
  const weight = new Float32Array(size * 8);
  for (let p = 0; p < size; p++) {
    const place = (c: number): [number, number] => {
      const value = ((image[3 * p + c] ?? 0) / 255) * (LEVELS - 1);
      const cell = Math.min(LEVELS - 2, Math.floor(value));
      return [cell, value - cell];
    };
    const [[r, fr], [g, fg], [b, fb]] = [place(0), place(1), place(2)];
    low[p] = (r * LEVELS + g) * LEVELS + b;
    // The order of `corners`: blue lowest, then green, and red in pairs.
    let c = 8 * p;
    for (const wg of [1 - fg, fg]) {
      for (const wb of [1 - fb, fb]) {
        weight[c++] = (1 - fr) * wg * wb;
        weight[c++] = fr * wg * wb;
      }
    }
  }
  return { low, weight };
}
