/**
 * The lines that a query means, best first: every word of it must stand in the line; the start of the line is
 * better than the start of a word, that better than anywhere. Equal ones keep their order.
 */
export function rank<T>(query: string, lines: readonly T[], textOf: (line: T) => string): T[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    return [...lines];
  }
  return lines
    .map((line, order) => ({ line, order, score: scoreOf(textOf(line).toLowerCase(), words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.order - b.order)
    .map(({ line }) => line);
}

function scoreOf(text: string, words: readonly string[]): number {
  let score = 0;
  for (const word of words) {
    const at = text.indexOf(word);
    if (at === -1) {
      return 0;
    }
    score += at === 0 ? 3 : text.includes(` ${word}`) ? 2 : 1;
  }
  return score;
}
