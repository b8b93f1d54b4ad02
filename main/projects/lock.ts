import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { link, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { UserError } from '../engine/errors.ts';
import { temporaryPath } from './atomicFile.ts';
import { codeOf } from './fileErrors.ts';

/** The lock's name inside the project folder. */
export const LOCK_NAME = '.lock';

const holderSchema = z.object({
  pid: z.int().min(1),
  /** When that process started, as its system tells it: pids are used again, a pid and a start time are not. */
  processStart: z.string().max(200),
  host: z.string().max(300),
  token: z.string().max(100),
  taken: z.iso.datetime(),
});

export type LockHolder = z.infer<typeof holderSchema>;

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

export interface ProjectLock {
  /** Whose lock of a dead process this one replaced: the project was not closed properly. */
  readonly replaced: LockHolder | null;
  /** Whether the lock file is still ours; false once somebody opened the project anyway. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

/** Tokens of the locks that this process holds. */
const ours = new Set<string>();

/** Tries before giving up on a lock that others take and leave all the time; each waits some milliseconds. */
const ATTEMPTS = 200;

/**
 * Takes the lock of a project folder. A lock whose process is dead (or whose pid now belongs to another process,
 * or that was taken before a restart of the computer) is taken over.
 *
 * @param options.force take it whoever holds it (the user chose "open anyway")
 * @throws ProjectLockedError; the file system's error where the folder cannot be written (EROFS, EACCES)
 */
export async function lockProject(
  folder: string,
  { force = false }: { force?: boolean } = {},
): Promise<ProjectLock> {
  const path = join(folder, LOCK_NAME);
  const token = randomUUID();
  const holder: LockHolder = {
    pid: process.pid,
    processStart: (await processStart(process.pid)) ?? '',
    host: hostname(),
    token,
    taken: new Date().toISOString(),
  };
  let replaced: LockHolder | null = null;
  const lock = (): ProjectLock => ({
    replaced,
    isHeld: async () => (await readLock(path))?.token === token,
    release: async () => {
      if (!ours.delete(token)) return;
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if ((await readLock(path))?.token !== token) return;
        // A full disk has no room for the second lock; the first must go all the same.
        if (await removeLock(path, token, holder).catch(() => rm(path, { force: true }).then(() => true)))
          return;
      }
    },
  });
  // Before the file is there: whoever reads it must find its holder alive.
  ours.add(token);
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (await createLock(path, holder)) return lock();
      const other = await readLock(path);
      if (other !== null && !force && (await isAlive(other))) throw new ProjectLockedError(folder, other);
      if (other === null && !(await isAbandoned(path))) continue;
      if (await removeLock(path, other?.token ?? null, holder)) replaced = other ?? unreadableHolder;
    }
    throw new UserError(
      `The lock file ${path} keeps changing: another program is opening the project; try again.`,
    );
  } catch (error) {
    ours.delete(token);
    throw error;
  }
}

/** Who holds a project open right now; null when nobody does (no lock, or one of a dead process). Takes nothing. */
export async function lockHolder(folder: string): Promise<LockHolder | null> {
  const holder = await readLock(join(folder, LOCK_NAME));
  return holder !== null && (await isAlive(holder)) ? holder : null;
}

/** Stands for the owner of a lock file that cannot be read. */
const unreadableHolder: LockHolder = {
  pid: 1,
  processStart: '',
  host: '',
  token: '',
  taken: new Date(0).toISOString(),
};

/** Creates the lock whole or not at all, so that nobody ever reads half of one. */
async function createLock(path: string, holder: LockHolder): Promise<boolean> {
  const text = `${JSON.stringify(holder)}\n`;
  const temporary = temporaryPath(path);
  await writeFile(temporary, text, { flag: 'wx' });
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    // ENOENT: whoever has just got the lock tidied the temporary file away.
    if (['EEXIST', 'ENOENT'].includes(codeOf(error))) return false;
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK', 'UNKNOWN'].includes(codeOf(error)))
      throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  // No hard links on this file system.
  try {
    const handle = await open(path, 'wx');
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The holder; null when there is no lock or it cannot be read. */
async function readLock(path: string): Promise<LockHolder | null> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

/** An unreadable lock may be one that is being written right now (without hard links); an old one is not. */
async function isAbandoned(path: string): Promise<boolean> {
  const age = await ageOf(path);
  if (age <= 2000) await sleep(50);
  return age > 2000;
}

/** Milliseconds since a file was written; 0 when it is gone. */
async function ageOf(path: string): Promise<number> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return 0;
  }
}

/**
 * Removes a lock if it is still the one with this token (null: one that cannot be read). Looking and removing must be
 * one step, or the slower of two would remove the new lock of the faster: whoever removes a lock holds a second lock
 * meanwhile, for about a millisecond. @returns false when it should be tried again
 */
async function removeLock(path: string, token: string | null, self: LockHolder): Promise<boolean> {
  const guard = `${path}.removing`;
  if (!(await createLock(guard, { ...self, token: randomUUID() }))) {
    // An old one was left by a process that was killed in that millisecond.
    if ((await ageOf(guard)) > 1000) await rm(guard, { force: true });
    else await sleep(5 + Math.random() * 10);
    return false;
  }
  try {
    const there = await readLock(path);
    if ((there?.token ?? null) !== token) return false;
    await rm(path, { force: true });
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}

/** Whether the process that took a lock still runs. Another computer's cannot be asked and counts as running. */
async function isAlive(holder: LockHolder): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  if (holder.pid === process.pid) return ours.has(holder.token);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    if (codeOf(error) !== 'EPERM') return false;
  }
  const start = await processStart(holder.pid);
  return start === null || holder.processStart === '' || start === holder.processStart;
}

/**
 * A text that tells a process from every other one that has had or will have its pid; null where the system does not
 * say. Linux: boot id and start time in clock ticks (proc_pid_stat(5), field 22); elsewhere `ps -o lstart`.
 */
export async function processStart(pid: number): Promise<string | null> {
  try {
    if (process.platform === 'linux') {
      const line = await readFile(`/proc/${pid}/stat`, 'utf8');
      // The second field, the program's name in parentheses, may hold blanks and parentheses itself.
      const ticks = line.slice(line.lastIndexOf(')') + 2).split(' ')[19];
      const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
      return ticks === undefined ? null : `${boot} ${ticks}`;
    }
    if (process.platform === 'win32') return null;
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], {
      env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' },
    });
    return stdout.trim() || null;
  } catch {
    return null;
  }
}
