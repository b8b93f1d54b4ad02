import { hostname } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../engine/errors.ts';
import { holderOf, LockTakenError, takeLock, type HeldLock, type LockHolder } from './lockFile.ts';

/** The lock's name inside the project folder. */
export const LOCK_NAME = '.lock';

/** The project is open elsewhere. `holder` says where. */
export class ProjectLockedError extends UserError {
  readonly holder: LockHolder;

  constructor(projectPath: string, holder: LockHolder) {
    const where =
      holder.host !== hostname()
        ? `on the computer "${holder.host}"`
        : holder.pid === process.pid
          ? 'in another window'
          : `in another ISAC Studio (process ${holder.pid})`;
    super(
      `${projectPath} is already open ${where} since ${holder.taken}: close it there or open it here anyway.`,
    );
    this.holder = holder;
  }
}

/** `replaced` tells that the project was not closed properly. */
export type ProjectLock = HeldLock;

/**
 * Takes the lock of a project folder; one of a dead process is taken over (lockFile.ts tells which is dead).
 *
 * @param options.force take it whoever holds it (the user chose "open anyway")
 * @throws ProjectLockedError; the file system's error where the folder cannot be written (EROFS, EACCES, ENOSPC)
 */
export async function lockProject(folder: string, options: { force?: boolean } = {}): Promise<ProjectLock> {
  try {
    return await takeLock(join(folder, LOCK_NAME), options);
  } catch (error) {
    throw error instanceof LockTakenError ? new ProjectLockedError(folder, error.holder) : error;
  }
}

/** Who holds a project open right now; null when nobody does (no lock, or one of a dead process). Takes nothing. */
export function lockHolder(folder: string): Promise<LockHolder | null> {
  return holderOf(join(folder, LOCK_NAME));
}
