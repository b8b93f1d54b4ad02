import type { CallsOf, Handlers } from './calls.ts';
import type { PhraseBook } from './phraseBook.ts';

/** What the model makes of phrases. */
export function phraseCalls(book: PhraseBook): Handlers<CallsOf<'phrases'>> {
  return { 'phrases.compare': (question) => book.compare(question) };
}
