import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, UserError } from '../engine/errors.ts';

/** What a result's folder may hold; a folder with anything else in it is not replaced. */
const OURS = new Set(['image.png', 'baseline.png', 'overlay.png', 'source.png', 'masks', 'result.json']);

/**
 * A folder that appears whole or not at all: files go to a hidden sibling, `commit` renames it. An earlier result
 * under the same name is replaced only then.
 */
export class OutputFolder {
  readonly path: string;
  private readonly temporary: string;

  private constructor(path: string) {
    this.path = path;
    this.temporary = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.part`);
  }

  /** @throws UserError when the place cannot be written to or holds something else */
  static async open(path: string): Promise<OutputFolder> {
    const folder = new OutputFolder(resolve(path));
    await refuseOthers(folder.path, path);
    try {
      await mkdir(folder.temporary, { recursive: true });
    } catch (error) {
      throw new UserError(`--out ${path}: cannot be written to: ${messageOf(error)}`);
    }
    return folder;
  }

  /** @param name relative, with forward slashes */
  async write(name: string, data: string | Uint8Array): Promise<void> {
    const file = join(this.temporary, ...name.split('/'));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, data);
  }

  async commit(): Promise<void> {
    await refuseOthers(this.path, this.path);
    const old = `${this.temporary}.old`;
    const replaced = await rename(this.path, old).then(
      () => true,
      () => false,
    );
    try {
      await rename(this.temporary, this.path);
    } catch (error) {
      if (replaced) await rename(old, this.path);
      throw error;
    }
    if (replaced) await rm(old, { recursive: true, force: true });
  }

  /** Leaves nothing behind; after `commit` there is nothing left to discard. */
  async discard(): Promise<void> {
    await rm(this.temporary, { recursive: true, force: true });
  }
}

async function refuseOthers(path: string, name: string): Promise<void> {
  const status = await stat(path).catch(() => null);
  if (!status) return;
  if (!status.isDirectory()) throw new UserError(`--out ${name}: is a file; name a folder`);
  const stranger = (await readdir(path)).find((entry) => !OURS.has(entry));
  if (stranger !== undefined) {
    throw new UserError(
      `--out ${name}: holds ${stranger}, which is not a result; name a new or an empty folder`,
    );
  }
}
