import { randomBytes } from 'node:crypto';
import { cp, lstat, mkdir, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, UserError } from '../engine/errors.ts';

/** What a result's folder may hold; a folder with anything else in it is not replaced. */
const OURS = new Set(['image.png', 'baseline.png', 'overlay.png', 'source.png', 'masks', 'result.json']);

/** The request and outcome of a result: what is written last, so that a folder with it is whole. */
const LAST = 'result.json';

/**
 * What file managers and file systems put into folders by themselves: it stays where it is. (macOS, Windows, KDE,
 * Synology, the root of an ext4 volume; NFS keeps deleted files that are open as .nfs...)
 */
const SYSTEM =
  /^(\.ds_store|\._.*|\.localized|icon\r|\.fseventsd|\.spotlight-v100|\.temporaryitems|\.trashes|thumbs\.db|ehthumbs\.db|desktop\.ini|\$recycle\.bin|system volume information|\.directory|\.trash-\d+|@eadir|lost\+found|\.nfs[0-9a-f]+)$/i;

/** A run's unfinished files, which a killed one leaves behind. */
const UNFINISHED = /\.[0-9a-f]{8}\.part(\.old)?$/;

/**
 * A folder for a result. Files go to a hidden folder beside it, `commit` puts that in its place by one rename, so that
 * the result appears whole or not at all; an earlier result under the same name is replaced only then.
 *
 * A folder that cannot be renamed (a mount point, a parent that may not be written to) gets the files from a hidden
 * folder inside of it, one rename an entry, `result.json` last; an earlier result is set aside until then and comes back
 * when that fails. A link is followed: it stays.
 */
export class OutputFolder {
  /** As it was named. */
  readonly path: string;
  /** What links lead to. */
  private readonly target: string;
  private temporary: string;
  private readonly token = `${randomBytes(4).toString('hex')}.part`;

  private constructor(path: string, target: string) {
    this.path = path;
    this.target = target;
    this.temporary = this.beside;
  }

  private get beside(): string {
    return join(dirname(this.target), `.${basename(this.target)}.${this.token}`);
  }

  private get inside(): string {
    return join(this.target, `.result.${this.token}`);
  }

  /** @throws UserError when the place cannot be written to or holds something else */
  static async open(name: string): Promise<OutputFolder> {
    const path = resolve(name);
    const folder = new OutputFolder(path, await followed(path, name));
    await refuseOthers(folder.target, name);
    const there = await stat(folder.target).catch(() => null);
    try {
      if (there !== null && (await isMountPoint(folder.target))) folder.temporary = folder.inside;
      await mkdir(folder.temporary, { recursive: true });
    } catch (error) {
      // A folder that exists may be writable in one that is not.
      if (there === null || folder.temporary === folder.inside) throw refused(name, error);
      folder.temporary = folder.inside;
      await mkdir(folder.temporary).catch((inner: unknown) => {
        throw refused(name, inner);
      });
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
    await refuseOthers(this.target, this.path);
    if (this.temporary === this.inside) {
      await this.fill();
      return;
    }
    const old = `${this.temporary}.old`;
    const replaced = await rename(this.target, old).then(
      () => true,
      () => false,
    );
    if (!replaced && (await stat(this.target).catch(() => null)) !== null) {
      // It is there and does not move: mounted from the same file system, or in use on Windows.
      const beside = this.temporary;
      this.temporary = this.inside;
      await cp(beside, this.temporary, { recursive: true });
      await rm(beside, { recursive: true, force: true });
      await this.fill();
      return;
    }
    try {
      await rename(this.temporary, this.target);
    } catch (error) {
      if (replaced) await rename(old, this.target);
      throw error;
    }
    if (!replaced) return;
    for (const entry of (await readdir(old)).filter((one) => SYSTEM.test(one))) {
      await rename(join(old, entry), join(this.target, entry)).catch(() => undefined);
    }
    await rm(old, { recursive: true, force: true });
  }

  /** Moves the entries of the hidden folder up, the earlier ones out of their way. */
  private async fill(): Promise<void> {
    const old = `${this.temporary}.old`;
    const moved: { readonly from: string; readonly to: string }[] = [];
    const move = async (from: string, to: string): Promise<void> => {
      await rename(from, to);
      moved.push({ from, to });
    };
    const lastLast = (a: string, b: string): number => Number(a === LAST) - Number(b === LAST);
    try {
      await mkdir(old);
      const before = (await readdir(this.target)).filter((entry) => OURS.has(entry));
      // The old result stops to be one first, the new one is one last.
      for (const entry of before.sort((a, b) => lastLast(b, a))) await move(join(this.target, entry), join(old, entry)); // prettier-ignore
      const after = (await readdir(this.temporary)).sort(lastLast);
      for (const entry of after) await move(join(this.temporary, entry), join(this.target, entry));
    } catch (error) {
      for (const { from, to } of moved.reverse()) await rename(to, from);
      await rm(old, { recursive: true, force: true });
      throw error;
    }
    await rm(old, { recursive: true, force: true });
    await rm(this.temporary, { recursive: true, force: true });
  }

  /** Leaves nothing behind; after `commit` there is nothing left to discard. */
  async discard(): Promise<void> {
    await rm(this.temporary, { recursive: true, force: true });
  }
}

/** Where a path leads; itself when nothing is there yet. @throws UserError for a link to nothing */
async function followed(path: string, name: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const link = await lstat(path).catch(() => null);
    if (link === null) return path;
    throw new UserError(
      `--out ${name}: is a link to a folder that is not there; make that folder or name another`,
    );
  }
}

async function isMountPoint(path: string): Promise<boolean> {
  const [own, parent] = await Promise.all([stat(path), stat(dirname(path))]);
  return own.dev !== parent.dev || path === dirname(path);
}

function refused(name: string, error: unknown): UserError {
  return new UserError(`--out ${name}: cannot be written to: ${messageOf(error)}`);
}

async function refuseOthers(path: string, name: string): Promise<void> {
  const status = await stat(path).catch(() => null);
  if (!status) return;
  if (!status.isDirectory()) throw new UserError(`--out ${name}: is a file; name a folder`);
  const entries = await readdir(path).catch((error: unknown) => {
    throw new UserError(`--out ${name}: cannot be read: ${messageOf(error)}`);
  });
  const stranger = entries.find(
    (entry) => !OURS.has(entry) && !SYSTEM.test(entry) && !UNFINISHED.test(entry),
  );
  if (stranger !== undefined) {
    throw new UserError(
      `--out ${name}: holds ${stranger}, which is not a result; name a new or an empty folder`,
    );
  }
}
