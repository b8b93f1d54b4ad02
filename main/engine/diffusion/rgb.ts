/**
 * A decoded image [3, H, W] with values around -1..1 as RGB bytes, rows from the top (diffusers'
 * VaeImageProcessor: x / 2 + 0.5, clamped, times 255, rounded to even as numpy does).
 */
export function rgbFromFloats(pixels: Float32Array, width: number, height: number): Uint8Array {
  const area = width * height;
  const image = new Uint8ClampedArray(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    for (let p = 0; p < area; p++) {
      // A clamped array clamps and rounds half to even.
      image[3 * p + channel] = ((pixels[channel * area + p] ?? 0) / 2 + 0.5) * 255;
    }
  }
  return new Uint8Array(image.buffer);
}
