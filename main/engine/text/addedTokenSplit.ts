import type { TextRange } from '../../../preload/contract/caption.ts';
import type { AddedToken } from './specialTokens.ts';

/** A stretch of the text: ordinary (`token` null) or one added token. */
export interface Segment extends TextRange {
  readonly token: AddedToken | null;
}

/**
 * Cuts a text at its added tokens, leftmost first and the longest where several begin
 * (transformers tokenization_utils.py, `Trie.split` and `PreTrainedTokenizer.tokenize`). Upper and lower case
 * differ here: "<|EndOfText|>" is found later, after lower-casing.
 */
export function splitAtAddedTokens(text: string, tokens: readonly AddedToken[]): Segment[] {
  const byLength = [...tokens].sort((a, b) => b.content.length - a.content.length);
  const segments: { start: number; end: number; token: AddedToken | null }[] = [];
  let ordinary = 0;
  for (let at = 0; at < text.length;) {
    const token = byLength.find(({ content }) => text.startsWith(content, at));
    if (token === undefined) {
      at += 1;
      continue;
    }
    if (at > ordinary) segments.push({ start: ordinary, end: at, token: null });
    segments.push({ start: at, end: at + token.content.length, token });
    at += token.content.length;
    ordinary = at;
  }
  if (text.length > ordinary) segments.push({ start: ordinary, end: text.length, token: null });

  segments.forEach((segment, index) => {
    if (segment.token === null) return;
    const { lstrip, rstrip, singleWord } = segment.token;
    const left = segments[index - 1];
    const right = segments[index + 1];
    if (rstrip && right !== undefined) {
      right.start += leadingSpace(text.slice(right.start, right.end));
    }
    if (lstrip && left !== undefined) {
      left.end = left.start + text.slice(left.start, left.end).trimEnd().length;
    }
    if (!singleWord) return;
    if (left !== undefined && left.end > left.start && text[left.end - 1] !== ' ') {
      left.end = segment.end;
      left.token = null;
      segment.start = segment.end;
    } else if (right !== undefined && right.end > right.start && text[right.start] !== ' ') {
      right.start = segment.start;
      right.token = null;
      segment.end = segment.start;
    }
  });
  return segments.filter(({ start, end }) => end > start);
}

function leadingSpace(text: string): number {
  return text.length - text.trimStart().length;
}
