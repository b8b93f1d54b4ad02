import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../projects/atomicFile.ts';

/** 32 random bytes in base64url. */
const wellFormed = /^[A-Za-z0-9_-]{43}$/;

/** Permission bits of everybody but the owner. */
const OTHERS = 0o077;

/** A new secret of 256 bits. */
export function newAccessKey(): string {
  return randomBytes(32).toString('base64url');
}

/** Where the key lies. @param data the studio's data folder */
export function accessKeyPath(data: string): string {
  return join(data, 'web-key');
}

/**
 * The secret behind the web mode's cookies. It stays the same from start to start, so that an open page is let in again
 * after a restart, until it is replaced or its file is deleted. Only the user may read the file; a key that others could
 * read, or that is not well formed, is replaced.
 *
 * @param data the studio's data folder; it is made when it is not there
 * @param replace makes a new key: every browser that was let in is locked out
 * @throws the file system's error
 */
export async function accessKey(data: string, { replace = false } = {}): Promise<string> {
  const path = accessKeyPath(data);
  const known = replace ? null : await readKey(path);
  if (known !== null) return known;
  await mkdir(dirname(path), { recursive: true });
  const key = newAccessKey();
  await writeFileAtomic(path, `${key}\n`, { mode: 0o600 });
  // The mode given at creation is less the user's mask, which may take away even the owner's rights.
  await chmod(path, 0o600);
  // Another studio may have begun at the same moment: the file decides.
  return (await readKey(path)) ?? key;
}

async function readKey(path: string): Promise<string | null> {
  try {
    const { mode } = await stat(path);
    // Windows has no such bits; the folder of the user is closed to others there.
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) return null;
    const text = (await readFile(path, 'utf8')).trim();
    return wellFormed.test(text) ? text : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
