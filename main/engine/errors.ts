import { printable } from '../../preload/contract/printable.ts';
import { english, type Said, type Sentence } from '../../preload/contract/sentences.ts';

/**
 * An error the user can act on: its message is one clear sentence that names what is wrong, where, and what to do.
 * Anything else that is thrown is a bug or a failure of the machine. The command line exits 2 for a UserError.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** What it says, for other languages; null where it says so in English alone. */
  readonly sentence: Sentence | null;

  constructor(said: string | Sentence, options?: ErrorOptions) {
    super(printable(typeof said === 'string' ? said : english(said)), options);
    this.sentence = typeof said === 'string' ? null : said;
  }
}

/** What anything that was thrown says. */
export function saidBy(error: unknown): Said {
  const message = messageOf(error);
  return error instanceof UserError && error.sentence !== null
    ? { message, sentence: error.sentence }
    : { message };
}

/** The message of anything that was thrown, on one line and safe to show whatever it quotes. */
export function messageOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error));
}
