import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newToken } from './access.ts';

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/**
 * The token of the web mode: kept, so that an open page finds its server again after a restart, in a file that only this user
 * can read.
 *
 * @param folder the studio's own data folder
 * @param rotate whether a new token takes the place of the one that is kept
 */
export async function keptToken(folder: string, rotate = false): Promise<string> {
  const path = join(folder, 'web-token');
  const known = rotate ? '' : (await readFile(path, 'utf8').catch(() => '')).trim();
  if (TOKEN.test(known)) {
    await chmod(path, 0o600).catch(() => undefined);
    return known;
  }
  const token = newToken();
  await mkdir(folder, { recursive: true });
  const part = `${path}.${process.pid}.part`;
  await writeFile(part, `${token}\n`, { mode: 0o600 });
  await rename(part, path);
  return token;
}
