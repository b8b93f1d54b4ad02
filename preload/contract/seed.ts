/** What a request can hold. */
const MOST = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * A seed as users of other programs write it: any whole number, counted modulo 2^64 as `torch.manual_seed` does; -1 asks
 * for a random one, as in AUTOMATIC1111 and ComfyUI.
 *
 * PyTorch's CPU generator is seeded by the lower 32 bits alone (aten/src/ATen/CPUGeneratorImpl.cpp). A seed that a
 * request cannot hold as a number (2^53 and more) becomes these 32 bits: it draws the same numbers.
 *
 * @returns null for what is no whole number
 */
export function parseSeed(text: string): number | 'random' | null {
  if (!/^[-+]?\d{1,40}$/.test(text.trim())) return null;
  const whole = BigInt(text.trim().replace(/^\+/, ''));
  if (whole === -1n) return 'random';
  const seed = BigInt.asUintN(64, whole);
  return Number(seed <= MOST ? seed : BigInt.asUintN(32, seed));
}
