/** The evaluator's maps of one image, at its output resolution. */
export interface EvaluatorMaps {
  readonly width: number;
  readonly height: number;
  /** Logits [classes + 1, h, w], background first. */
  readonly semantic: Float32Array;
  /** Logits [h, w] of instance centres. */
  readonly centre: Float32Array;
  /** From each pixel to its instance's centre, [2, h, w] in output pixels. */
  readonly offset: Float32Array;
}

/** Where the evaluator found an object. */
export interface Found {
  /** At the evaluator's output resolution, 0 or 1. */
  readonly mask: Uint8Array;
  readonly area: number;
}

/** An object the evaluator found, and what it takes it for. */
export interface Instance extends Found {
  /** Index into the classes. */
  readonly class: number;
  /** Index into the colours; their number when it has none of them. */
  readonly colour: number;
  /** Probability of its class. */
  readonly confidence: number;
}

export interface DecodeOptions {
  readonly centreThreshold: number;
  /** Side of the neighbourhood in which a peak must be the largest. */
  readonly peakWindow: number;
  readonly minPixels: number;
}

/**
 * Instances from the evaluator's maps (Panoptic-DeepLab, arXiv 1911.10194): peaks of the centre map, every
 * pixel that is more likely an object than background to the peak that its offset points nearest to.
 */
export function decodeInstances(maps: EvaluatorMaps, options: DecodeOptions): Found[] {
  const { width, height, semantic } = maps;
  const area = width * height;
  const peaks = findPeaks(maps.centre, width, height, options);
  if (peaks.length === 0) return [];
  const members = peaks.map((): number[] => []);
  for (let p = 0; p < area; p++) {
    if (backgroundShare(semantic, area, p) >= 0.5) continue;
    const x = (p % width) + (maps.offset[p] ?? 0);
    const y = Math.floor(p / width) + (maps.offset[area + p] ?? 0);
    const distances = peaks.map((peak) => (peak.x - x) ** 2 + (peak.y - y) ** 2);
    members[distances.indexOf(Math.min(...distances))]?.push(p);
  }
  return members
    .filter((pixels) => pixels.length >= options.minPixels)
    .map((pixels) => {
      const mask = new Uint8Array(area);
      for (const p of pixels) mask[p] = 1;
      return { mask, area: pixels.length };
    });
}

/** Softmax of channel 0 at a pixel. */
function backgroundShare(semantic: Float32Array, area: number, p: number): number {
  const own = semantic[p] ?? 0;
  let sum = 0;
  for (let at = p; at < semantic.length; at += area) sum += Math.exp((semantic[at] ?? 0) - own);
  return 1 / sum;
}

/** Local maxima above a threshold of probability. */
function findPeaks(
  logits: Float32Array,
  width: number,
  height: number,
  { centreThreshold, peakWindow }: DecodeOptions,
): { x: number; y: number }[] {
  const least = Math.log(centreThreshold / (1 - centreThreshold));
  const reach = (peakWindow - 1) / 2;
  const isPeak = (x: number, y: number, value: number): boolean => {
    for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++) {
      for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
        const other = logits[v * width + u] ?? -Infinity;
        // Of equal neighbours the first one counts.
        if (other > value || (other === value && v * width + u < y * width + x)) return false;
      }
    }
    return true;
  };
  const peaks: { x: number; y: number }[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = logits[y * width + x] ?? -Infinity;
      if (value >= least && isPeak(x, y, value)) peaks.push({ x, y });
    }
  }
  return peaks;
}
