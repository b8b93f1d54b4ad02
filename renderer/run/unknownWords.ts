import { promptInstances } from '../../preload/contract/instances.ts';
import type { ModelVocabulary } from '../../preload/contract/models.ts';
import { parsePhrase } from '../../preload/contract/phrase.ts';
import { singular } from '../../preload/contract/promptClasses.ts';
import { visibleBoxes } from '../editor/document.ts';
import type { LayoutDocument } from '../editor/document.ts';

/**
 * Words of the things in a layout (or in the caption of one without boxes) that its model was not taught: nouns, and
 * what they are said to be like. As they were written, each once.
 */
export function unknownWords(document: LayoutDocument, { things, colours }: ModelVocabulary): string[] {
  const taught = new Set([...things, ...colours].map((word) => word.toLowerCase()));
  const knows = (word: string): boolean => {
    const lower = word.toLowerCase();
    return taught.has(lower) || taught.has(singular(lower));
  };
  const found = new Map<string, string>();
  for (const phrase of phrasesOf(document)) {
    for (const word of wordsOf(phrase)) {
      if (!knows(word) && !found.has(word.toLowerCase())) {
        found.set(word.toLowerCase(), word);
      }
    }
  }
  return [...found.values()];
}

function phrasesOf(document: LayoutDocument): string[] {
  const boxes = visibleBoxes(document);
  if (boxes.length > 0) {
    return boxes.map(({ phrase }) => phrase);
  }
  const { text, edited } = document.caption;
  return edited ? promptInstances(text).map(({ phrase }) => phrase) : [];
}

function wordsOf(phrase: string): string[] {
  const parts = parsePhrase(phrase);
  if (parts === null) {
    // Signs alone, such as an emoji.
    return phrase.trim() === '' ? [] : [phrase.trim()];
  }
  return [...parts.attributes, parts.noun].map(({ start, end }) => phrase.slice(start, end));
}
