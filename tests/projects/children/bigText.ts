/** A JSON text that is only whole when both ends tell the same version. */
export function bigText(version: number): string {
  return JSON.stringify({ first: version, filler: 'x'.repeat(100_000), last: version });
}

/** The version of a whole text. @throws for anything else */
export function versionOf(text: string): number {
  const { first, filler, last } = JSON.parse(text) as { first: number; filler: string; last: number };
  if (first !== last || filler.length !== 100_000) throw new Error('a mixed file');
  return first;
}
