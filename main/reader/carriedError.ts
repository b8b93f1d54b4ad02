import type { Sentence } from '../../preload/contract/sentences.ts';
import { messageOf, UserError } from '../engine/errors.ts';
import { codeOf } from '../projects/fileErrors.ts';
import { NewerVersionError } from '../projects/migrations.ts';

/** An error on its way between threads, which keep no classes. */
export interface CarriedError {
  readonly kind: 'user' | 'newer' | 'other';
  readonly message: string;
  readonly sentence: Sentence | null;
  /** The system's code, such as ENOSPC; '' when it has none. */
  readonly code: string;
  readonly stack: string;
}

/** What is sent of anything that was thrown. */
export function packError(error: unknown): CarriedError {
  const user = error instanceof UserError;
  return {
    kind: error instanceof NewerVersionError ? 'newer' : user ? 'user' : 'other',
    message: messageOf(error),
    sentence: user ? error.sentence : null,
    code: codeOf(error),
    stack: error instanceof Error ? (error.stack ?? '') : '',
  };
}

/** The error as it was thrown on the other side. */
export function unpackError({ kind, message, sentence, code, stack }: CarriedError): Error {
  if (kind === 'newer') return new NewerVersionError(sentence ?? message);
  if (kind === 'user') return new UserError(sentence ?? message);
  const error = new Error(message);
  error.stack = stack;
  return code === '' ? error : Object.assign(error, { code });
}
