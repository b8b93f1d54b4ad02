import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { link, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { UserError } from '../engine/errors.ts';
import { temporaryPath } from './atomicFile.ts';
import { codeOf } from './fileErrors.ts';

const holderSchema = z.object({
  pid: z.int().min(1),
  /** When that process started, as its system tells it: pids are used again, a pid and a start time are not. */
  processStart: z.string().max(200),
  host: z.string().max(300),
  token: z.string().max(100),
  taken: z.iso.datetime(),
});

export type LockHolder = z.infer<typeof holderSchema>;

/** A lock file that this process holds. */
export interface HeldLock {
  /** Whose lock of a dead process this one replaced. */
  readonly replaced: LockHolder | null;
  /** Whether the lock file is still ours; false once somebody took it by force. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

/** Somebody else holds the lock. */
export class LockTakenError extends Error {
  readonly holder: LockHolder;

  constructor(path: string, holder: LockHolder) {
    super(`${path} is held by process ${holder.pid} on ${holder.host}`);
    this.holder = holder;
  }
}

/** Tokens of the locks that this process holds. */
const ours = new Set<string>();

/** Tries before giving up on a lock that others take and leave all the time; each waits some milliseconds. */
const ATTEMPTS = 200;

/** How often a held lock shows that its holder lives. */
const BEAT_MS = 20_000;

/** A lock of another computer that has shown nothing for so long is one of a dead process, or of one that sleeps. */
export const STALE_MS = 120_000;

/**
 * Takes a lock file. One whose process is dead is taken over: on this computer when the process is gone, its pid belongs
 * to another process now, or the computer was restarted; on another computer (or this one under an earlier name) when
 * it has shown no sign of life for two minutes.
 *
 * @param options.force take it whoever holds it
 * @throws LockTakenError; the file system's error where the folder cannot be written (EROFS, EACCES, ENOSPC)
 */
export async function takeLock(path: string, { force = false }: { force?: boolean } = {}): Promise<HeldLock> {
  const token = randomUUID();
  const holder: LockHolder = {
    pid: process.pid,
    processStart: (await processStart(process.pid)) ?? '',
    host: hostname(),
    token,
    taken: new Date().toISOString(),
  };
  let replaced: LockHolder | null = null;
  // Before the file is there: whoever reads it must find its holder alive.
  ours.add(token);
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (await createLock(path, holder)) return heldLock(path, holder, replaced);
      const other = await readLock(path);
      if (other !== null && !force && (await isAlive(path, other))) throw new LockTakenError(path, other);
      if (other === null && !(await isAbandoned(path))) continue;
      if (await removeLock(path, other?.token ?? null, holder)) replaced = other ?? unreadableHolder;
    }
    throw new UserError(`The lock file ${path} keeps changing: another program is using it; try again.`);
  } catch (error) {
    ours.delete(token);
    throw error;
  }
}

function heldLock(path: string, holder: LockHolder, replaced: LockHolder | null): HeldLock {
  const { token } = holder;
  const beat = setInterval(() => void showLife(path, holder), BEAT_MS);
  beat.unref();
  return {
    replaced,
    isHeld: async () => (await readLock(path))?.token === token,
    release: async () => {
      clearInterval(beat);
      if (!ours.delete(token)) return;
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if ((await readLock(path))?.token !== token) return;
        // A full disk has no room for the second lock; the first must go all the same.
        if (await removeLock(path, token, holder).catch(() => rm(path, { force: true }).then(() => true)))
          return;
      }
    },
  };
}

/**
 * Writes the same bytes over themselves, so that the disk's own clock stamps the lock: the computers that share a drive
 * may disagree about the time. Whoever reads meanwhile finds the same text. A beat that fails is made up by the next.
 */
async function showLife(path: string, holder: LockHolder): Promise<void> {
  try {
    if ((await readLock(path))?.token !== holder.token) return;
    const handle = await open(path, 'r+');
    try {
      await handle.write(textOf(holder), 0);
    } finally {
      await handle.close();
    }
  } catch {
    // The drive is away for the moment.
  }
}

/** Who holds a lock right now; null when nobody does (no lock, or one of a dead process). Takes nothing. */
export async function holderOf(path: string): Promise<LockHolder | null> {
  const holder = await readLock(path);
  return holder !== null && (await isAlive(path, holder)) ? holder : null;
}

const textOf = (holder: LockHolder): string => `${JSON.stringify(holder)}\n`;

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
  const text = textOf(holder);
  const temporary = temporaryPath(path);
  try {
    // A full disk makes the file and then has no room for what is in it.
    await writeFile(temporary, text, { flag: 'wx' });
    await link(temporary, path);
    return true;
  } catch (error) {
    // ENOENT: whoever has just got the lock tidied the temporary file away.
    if (['EEXIST', 'ENOENT'].includes(codeOf(error))) return false;
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK', 'UNKNOWN'].includes(codeOf(error)))
      throw error;
  } finally {
    // Once the lock is there it is held, whatever becomes of the file that it was made from.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
  // No hard links on this file system.
  try {
    const handle = await open(path, 'wx');
    try {
      await handle.writeFile(text);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
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

/** The time by the clock of the drive that a lock lies on, in milliseconds; null when it cannot be written to. */
async function timeOfDisk(path: string): Promise<number | null> {
  const probe = temporaryPath(path);
  try {
    await writeFile(probe, '', { flag: 'wx' });
    return await stampOf(probe);
  } catch {
    return null;
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

async function stampOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return null;
  }
}

/** Milliseconds since a file was written; 0 when it is gone. */
async function ageOf(path: string): Promise<number> {
  const stamp = await stampOf(path);
  return stamp === null ? 0 : Date.now() - stamp;
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
    // One that stays is old in a second and is then taken away by others.
    await rm(guard, { force: true }).catch(() => undefined);
  }
}

/**
 * Whether the process that took a lock still runs. Another computer's cannot be asked: it counts as running as long as
 * its lock has been stamped of late. A drive that cannot be written to tells no time; the lock then holds.
 */
async function isAlive(path: string, holder: LockHolder): Promise<boolean> {
  if (holder.host !== hostname()) {
    const [now, stamped] = [await timeOfDisk(path), await stampOf(path)];
    return now === null || stamped === null || now - stamped < STALE_MS;
  }
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
