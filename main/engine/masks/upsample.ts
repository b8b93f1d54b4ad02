/**
 * Bilinear resampling of one map, pixel centres at half integers and edges clamped
 * (torch.nn.functional.interpolate with mode 'bilinear', align_corners false, no antialiasing).
 *
 * @param map row-major, width * height values
 */
export function upsampleBilinear(
  map: Float32Array,
  width: number,
  height: number,
  outWidth: number,
  outHeight: number,
): Float32Array {
  if (map.length !== width * height) {
    throw new Error(`A map of ${width} x ${height} needs ${width * height} values, not ${map.length}.`);
  }
  const out = new Float32Array(outWidth * outHeight);
  const columns = taps(width, outWidth);
  const rows = taps(height, outHeight);
  for (let y = 0; y < outHeight; y++) {
    const top = (rows.low[y] ?? 0) * width;
    const bottom = (rows.high[y] ?? 0) * width;
    const down = rows.share[y] ?? 0;
    for (let x = 0; x < outWidth; x++) {
      const left = columns.low[x] ?? 0;
      const right = columns.high[x] ?? 0;
      const across = columns.share[x] ?? 0;
      const a = (map[top + left] ?? 0) * (1 - across) + (map[top + right] ?? 0) * across;
      const b = (map[bottom + left] ?? 0) * (1 - across) + (map[bottom + right] ?? 0) * across;
      out[y * outWidth + x] = a * (1 - down) + b * down;
    }
  }
  return out;
}

interface Taps {
  low: Int32Array;
  high: Int32Array;
  /** Weight of `high`. */
  share: Float32Array;
}

function taps(from: number, to: number): Taps {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const share = new Float32Array(to);
  for (let i = 0; i < to; i++) {
    const position = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const floor = Math.min(Math.floor(position), from - 1);
    low[i] = floor;
    high[i] = Math.min(floor + 1, from - 1);
    share[i] = position - floor;
  }
  return { low, high, share };
}
