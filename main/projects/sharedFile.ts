import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sentence } from '../../preload/contract/sentences.ts';
import { UserError } from '../engine/errors.ts';
import { codeOf } from './fileErrors.ts';
import { LockTakenError, takeLock, type HeldLock } from './lockFile.ts';

/** How long a change waits for others; each of them takes some milliseconds. */
const PATIENCE_MS = 20_000;

/** Where no lock can be made, the change itself tells why it fails; on a full disk a smaller file may still fit. */
const CANNOT_LOCK = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EIO', 'ENOTDIR'];

/**
 * Runs a job that reads a file, changes what it has read and writes it back, while no other process and no other part of
 * this one does the same: without this, the slower of two writes over what the faster has added.
 *
 * @param path the file; its folder is made when it is missing, the lock lies beside it as `<path>.lock`
 * @throws whatever the job throws; UserError when others hold the file for too long
 */
export async function changeShared<T>(path: string, job: () => Promise<T>): Promise<T> {
  const before = waiting.get(path) ?? Promise.resolve();
  const own = before.then(() => locked(path, job));
  const settled = own.then(
    () => undefined,
    () => undefined,
  );
  waiting.set(path, settled);
  try {
    return await own;
  } finally {
    if (waiting.get(path) === settled) waiting.delete(path);
  }
}

/** The last change of each file that this process has asked for: its own changes happen in the order they were asked for. */
const waiting = new Map<string, Promise<void>>();

async function locked<T>(path: string, job: () => Promise<T>): Promise<T> {
  const lock = await waitForLock(path);
  try {
    return await job();
  } finally {
    await lock?.release();
  }
}

async function waitForLock(path: string): Promise<HeldLock | null> {
  for (const end = performance.now() + PATIENCE_MS; ;) {
    try {
      await mkdir(dirname(path), { recursive: true });
      return await takeLock(`${path}.lock`);
    } catch (error) {
      if (CANNOT_LOCK.includes(codeOf(error))) return null;
      if (!(error instanceof LockTakenError)) throw error;
      if (performance.now() > end) throw new UserError(sentence('file.held', { path }), { cause: error });
      // At random, so that those who wait do not come all at once again and again.
      await sleep(5 + Math.random() * 30);
    }
  }
}
