/**
 * Single-precision logarithm, sine and cosine bit for bit as torch's vectorised CPU kernels compute them: the
 * polynomials of the Cephes library (Stephen Moshier) in the form of aten/src/ATen/native/cpu/avx_mathfun.h,
 * where the compiler fuses each product into the sum that uses it. Which products are fused is not written in
 * that file; it was found by comparing bits (tests/fixtures/rng).
 */

const f = Math.fround;

/**
 * a * b + c with one rounding to float32, for float32 arguments. The product is exact in float64; the sum is
 * rounded twice there, which is wrong only when the first rounding lands midway between two float32 numbers.
 */
export function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const rounded = f(sum);
  const rest = sum - rounded;
  if (rest === 0) return rounded;
  const other = rounded + 2 * rest;
  if (f(other) !== other) return rounded;
  const part = sum - product;
  const lost = product - (sum - part) + (c - part);
  return lost !== 0 && lost > 0 === rest > 0 ? other : rounded;
}

const bits = new Uint32Array(1);
const value = new Float32Array(bits.buffer);

const SQRT_HALF = f(0.7071067811865476);
const LOG_COEFFICIENTS = [
  -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1,
  -2.4999993993e-1, 3.3333331174e-1,
].map(f);
const LOG_FIRST = f(7.0376836292e-2);
const LN2_LOW = f(-2.1219444e-4);
const LN2_HIGH = f(0.693359375);

/** Natural logarithm of a normal positive float32. */
export function log32(input: number): number {
  value[0] = input;
  const pattern = bits[0] ?? 0;
  let exponent = (pattern >>> 23) - 126;
  bits[0] = (pattern & 0x807fffff) | 0x3f000000;
  // The fraction, 0.5 <= x < 1, then shifted to be near 0.
  let x = value[0];
  if (x < SQRT_HALF) {
    exponent -= 1;
    x = f(f(x - 1) + x);
  } else {
    x = f(x - 1);
  }
  const z = f(x * x);
  let y = LOG_FIRST;
  for (const coefficient of LOG_COEFFICIENTS) y = fusedMultiplyAdd(y, x, coefficient);
  y = f(y * x);
  y = fusedMultiplyAdd(y, z, f(exponent * LN2_LOW));
  y = fusedMultiplyAdd(z, -0.5, y);
  return fusedMultiplyAdd(exponent, LN2_HIGH, f(x + y));
}

const FOUR_OVER_PI = f(1.27323954473516);
/** pi/4 in three parts, so that subtracting multiples of it loses nothing. */
const QUARTER_PI = [0.78515625, 2.4187564849853516e-4, 3.774894977445941e-8].map(f);
const COSINE = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(f);
const SINE = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(f);

/** Sine and cosine of a float32 from 0 to about 8192. */
export function sinCos32(angle: number): { readonly sin: number; readonly cos: number } {
  const octant = (Math.trunc(f(angle * FOUR_OVER_PI)) + 1) & ~1;
  let x = angle;
  for (const part of QUARTER_PI) x = fusedMultiplyAdd(octant, -part, x);
  const z = f(x * x);
  const [c0 = 0, c1 = 0, c2 = 0] = COSINE;
  let cosine = f(fusedMultiplyAdd(fusedMultiplyAdd(c0, z, c1), z, c2) * z);
  cosine = f(fusedMultiplyAdd(cosine, z, -f(z * 0.5)) + 1);
  const [s0 = 0, s1 = 0, s2 = 0] = SINE;
  let sine = f(fusedMultiplyAdd(fusedMultiplyAdd(s0, z, s1), z, s2) * z);
  sine = fusedMultiplyAdd(sine, x, x);

  const straight = (octant & 2) === 0;
  const sin = straight ? sine : cosine;
  const cos = straight ? cosine : sine;
  return {
    sin: octant & 4 ? -sin : sin,
    cos: (octant - 2) & 4 ? cos : -cos,
  };
}
