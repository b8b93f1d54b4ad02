import { sentence, sentences, type SentenceId } from '../../preload/contract/sentences.ts';
import { messageOf, UserError } from '../engine/errors.ts';

/** The `code` of a Node file system error; '' for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What was done with a file: the sentences that begin with `file.` and end in a cause. */
export type FileWork = SentenceId extends infer Id
  ? Id extends `file.${infer Work}`
    ? Exclude<Work, 'held'>
    : never
  : never;

/**
 * One sentence for a failed file operation: `fileError('save', path, error)` says
 * "Cannot save /a/b: the disk is full; free some space and try again." A UserError passes unchanged.
 */
export function fileError(work: FileWork, path: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const known = `cause.${codeOf(error)}`;
  const cause = isCause(known) ? sentence(known, {}) : messageOf(error);
  return new UserError(sentence(`file.${work}`, { path, cause }), { cause: error });
}

const isCause = (id: string): id is Extract<SentenceId, `cause.${string}`> =>
  id.startsWith('cause.') && Object.hasOwn(sentences, id);
