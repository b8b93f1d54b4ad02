/** Sides that documents and requests can have. */
const MIN_SIDE = 64;
const MAX_SIDE = 2048;

/** How much more a wrong ratio counts than a wrong number of pixels: boxes drawn for a picture keep its proportions. */
const RATIO_WEIGHT = 10;

/**
 * The size that comes closest to a ratio, with about as many pixels as the model was trained for.
 *
 * @param ratio width over height
 * @param native the model's own size in pixels
 * @param multiple what both sides must be multiples of
 */
export function sizeOfRatio(
  ratio: number,
  native: { readonly width: number; readonly height: number },
  multiple: number,
): { width: number; height: number } {
  const area = native.width * native.height;
  let best = { width: native.width, height: native.height };
  let least = Infinity;
  for (let width = multiple * Math.ceil(MIN_SIDE / multiple); width <= MAX_SIDE; width += multiple) {
    const lower = multiple * Math.floor(width / ratio / multiple);
    for (const wanted of [lower, lower + multiple]) {
      const height = Math.min(
        multiple * Math.floor(MAX_SIDE / multiple),
        Math.max(multiple * Math.ceil(MIN_SIDE / multiple), wanted),
      );
      const wrong = RATIO_WEIGHT * Math.abs(Math.log(width / height / ratio)) + Math.abs(Math.log((width * height) / area)); // prettier-ignore
      if (wrong < least) {
        least = wrong;
        best = { width, height };
      }
    }
  }
  return best;
}
