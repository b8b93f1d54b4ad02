/** What a typed number comes to. */
export type Typed =
  | { readonly kind: 'number'; readonly value: number }
  /** Outside of what is allowed: the nearest that is. */
  | { readonly kind: 'clamped'; readonly value: number }
  | { readonly kind: 'none' };

/**
 * Reads a number as people type it, with a decimal point or comma.
 *
 * @param step of 1 or more takes whole numbers
 */
export function typedNumber(text: string, min: number, max: number, step: number): Typed {
  const plain = text.trim().replace(',', '.');
  const read = plain === '' ? Number.NaN : Number(plain);
  if (!Number.isFinite(read)) {
    return { kind: 'none' };
  }
  const value = step >= 1 ? Math.round(read) : read;
  const nearest = Math.min(max, Math.max(min, value));
  return { kind: nearest === value ? 'number' : 'clamped', value: nearest };
}

/** Reads a seed; "-1" stands for a random one, as in other tools. */
export function typedSeed(
  text: string,
  random: () => number,
): Typed | { readonly kind: 'random'; readonly value: number } {
  const typed = typedNumber(text, 0, Number.MAX_SAFE_INTEGER, 1);
  return typed.kind === 'clamped' && /^\s*-1\s*$/.test(text)
    ? { kind: 'random', value: Math.floor(random() * 2 ** 32) }
    : typed;
}
