/**
 * An error the user can act on: its message is one clear sentence that names what is wrong, where, and what to do.
 * Anything else that is thrown is a bug or a failure of the machine. The command line exits 2 for a UserError.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
