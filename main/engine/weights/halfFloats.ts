/**
 * float32 values of IEEE 754 binary16 numbers, exact: every half is a float32.
 *
 * @param halves raw bits
 */
export function float32FromHalf(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  halves.forEach((bits, index) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    values[index] =
      sign *
      (exponent === 0
        ? fraction * 2 ** -24
        : exponent === 31
          ? fraction === 0
            ? Infinity
            : NaN
          : (1 + fraction / 1024) * 2 ** (exponent - 15));
  });
  return values;
}

/**
 * float32 values of bfloat16 numbers, exact: a bfloat16 is the upper half of a float32.
 *
 * @param halves raw bits
 */
export function float32FromBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  halves.forEach((half, index) => {
    bits[index] = half << 16;
  });
  return new Float32Array(bits.buffer);
}

/**
 * Raw binary16 bits of numbers, rounded to nearest, ties to even, as torch's `.half()` does.
 * Beyond 65504 the result is infinite.
 */
export function halfFromFloat32(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  values.forEach((value, index) => {
    halves[index] = halfBits(value);
  });
  return halves;
}

function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Below 2^-14 halves are evenly spaced by 2^-24; above, by 2^(exponent - 10).
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const steps = roundHalfToEven(size * 2 ** (10 - exponent));
  // A carry out of the fraction lands in the exponent by itself.
  return sign | (exponent === -14 ? steps : ((exponent + 14) << 10) + steps);
}

function roundHalfToEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}
