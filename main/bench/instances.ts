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
  /** Logits [colours + 1, h, w], the last being "not recoloured". */
  readonly colour: Float32Array;
}

/** An object the evaluator found. */
export interface Instance {
  /** Index into the classes. */
  readonly class: number;
  /** Index into the colours; their number when it has none of them. */
  readonly colour: number;
  /** Mean probability of its class over its pixels. */
  readonly confidence: number;
  /** At the evaluator's output resolution, 0 or 1. */
  readonly mask: Uint8Array;
  readonly area: number;
}

export interface DecodeOptions {
  readonly centreThreshold: number;
  readonly minPixels: number;
}

/**
 * Instances from the evaluator's maps (Panoptic-DeepLab, arXiv 1911.10194): peaks of the centre map, every
 * foreground pixel to the peak that its offset points nearest to, class and colour by the sum of logits.
 */
export function decodeInstances(maps: EvaluatorMaps, options: DecodeOptions): Instance[] {
  const { width, height, semantic } = maps;
  const area = width * height;
  const classes = semantic.length / area;
  const peaks = findPeaks(maps.centre, width, height, options.centreThreshold);
  if (peaks.length === 0) return [];
  const members = peaks.map((): number[] => []);
  for (let p = 0; p < area; p++) {
    if (largestOf(semantic, classes, area, [p]) === 0) continue;
    const x = (p % width) + (maps.offset[p] ?? 0);
    const y = Math.floor(p / width) + (maps.offset[area + p] ?? 0);
    const distances = peaks.map((peak) => (peak.x - x) ** 2 + (peak.y - y) ** 2);
    members[distances.indexOf(Math.min(...distances))]?.push(p);
  }
  return members
    .filter((pixels) => pixels.length >= options.minPixels)
    .map((pixels) => {
      const best = largestOf(semantic, classes, area, pixels, 1);
      const mask = new Uint8Array(area);
      for (const p of pixels) mask[p] = 1;
      return {
        class: best - 1,
        colour: largestOf(maps.colour, maps.colour.length / area, area, pixels),
        confidence: meanProbability(semantic, classes, area, pixels, best),
        mask,
        area: pixels.length,
      };
    });
}

/** Local maxima of a 5 x 5 neighbourhood above a threshold of probability. */
function findPeaks(
  logits: Float32Array,
  width: number,
  height: number,
  threshold: number,
): { x: number; y: number }[] {
  const least = Math.log(threshold / (1 - threshold));
  const peaks: { x: number; y: number }[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = logits[y * width + x] ?? -Infinity;
      if (value >= least && isPeak(logits, width, height, x, y, value)) peaks.push({ x, y });
    }
  }
  return peaks;
}

function isPeak(
  logits: Float32Array,
  width: number,
  height: number,
  x: number,
  y: number,
  value: number,
): boolean {
  for (let v = Math.max(0, y - 2); v <= Math.min(height - 1, y + 2); v++) {
    for (let u = Math.max(0, x - 2); u <= Math.min(width - 1, x + 2); u++) {
      const other = logits[v * width + u] ?? -Infinity;
      // Of equal neighbours the first one counts.
      if (other > value || (other === value && v * width + u < y * width + x)) return false;
    }
  }
  return true;
}

/** The channel with the largest sum over some pixels, from channel `first` on. */
function largestOf(
  logits: Float32Array,
  channels: number,
  area: number,
  pixels: readonly number[],
  first = 0,
): number {
  let [best, most] = [first, -Infinity];
  for (let channel = first; channel < channels; channel++) {
    let sum = 0;
    for (const p of pixels) sum += logits[channel * area + p] ?? 0;
    if (sum > most) [best, most] = [channel, sum];
  }
  return best;
}

function meanProbability(
  logits: Float32Array,
  channels: number,
  area: number,
  pixels: readonly number[],
  channel: number,
): number {
  let total = 0;
  for (const p of pixels) {
    let sum = 0;
    const own = logits[channel * area + p] ?? 0;
    for (let c = 0; c < channels; c++) sum += Math.exp((logits[c * area + p] ?? 0) - own);
    total += 1 / sum;
  }
  return total / pixels.length;
}
