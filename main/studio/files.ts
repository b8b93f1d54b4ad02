import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { DOWNLOADS_PREFIX, FILES_PREFIX } from '../../preload/contract/hrefs.ts';
import { BACKDROPS } from '../projects/backdrops.ts';
import { RESULTS } from '../projects/resultFiles.ts';
import { SOURCES } from '../projects/sourcePictures.ts';
import type { OpenProjects } from './openProjects.ts';
import type { TemporaryFiles } from './temporaryFiles.ts';

/** A file that an address names. */
export interface ServedFile {
  readonly path: string;
  readonly bytes: number;
  readonly mime: string;
  /** To be saved under this name instead of shown; null for pictures of the page. */
  readonly downloadAs: string | null;
}

/** What a page may read of a project; nothing else in its folder has an address. */
const readable = new RegExp(
  `^(${RESULTS}/[a-z0-9][a-z0-9-]{0,63}/((image|thumbnail)\\.png|trace\\.json|masks/[^/]{1,200}\\.png)` +
    `|${SOURCES}/[0-9a-f]{64}\\.png` +
    `|${BACKDROPS}/[A-Za-z0-9_-][A-Za-z0-9._-]*)$`,
);

const mimes: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  json: 'application/json',
};

/** Finds the file behind an address of hrefs.ts; null for everything else. */
export async function findFile(
  pathname: string,
  projects: OpenProjects,
  downloads: TemporaryFiles,
): Promise<ServedFile | null> {
  const parts = decodedParts(pathname);
  if (parts === null) return null;
  const [, , id = '', ...rest] = parts;
  if (pathname.startsWith(DOWNLOADS_PREFIX)) return rest.length === 1 ? findDownload(id, downloads) : null;
  if (!pathname.startsWith(FILES_PREFIX)) return null;
  const entry = projects.entries.find(({ handle }) => handle === id);
  const file = rest.join('/');
  if (entry === undefined || !readable.test(file)) return null;
  return measured(entry.project.path, join(entry.project.path, file), null);
}

async function findDownload(id: string, downloads: TemporaryFiles): Promise<ServedFile | null> {
  try {
    const { path, name } = downloads.get(id);
    return await measured(join(path, '..'), path, name);
  } catch {
    return null;
  }
}

/** Null when the file is gone, or a link leads out of `folder`. */
async function measured(folder: string, path: string, downloadAs: string | null): Promise<ServedFile | null> {
  try {
    const real = await realpath(path);
    if (!real.startsWith(`${await realpath(folder)}${sep}`)) return null;
    const info = await stat(real);
    if (!info.isFile()) return null;
    const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
    const mime =
      downloadAs === null ? (mimes[ending] ?? 'application/octet-stream') : 'application/octet-stream';
    return { path: real, bytes: info.size, mime, downloadAs };
  } catch {
    return null;
  }
}

/** The parts of a path, each decoded once; null where one of them could lead elsewhere. */
function decodedParts(pathname: string): string[] | null {
  try {
    const parts = pathname.split('/').map(decodeURIComponent);
    // eslint-disable-next-line no-control-regex
    return parts.some((part) => part === '.' || part === '..' || /[/\\\u0000-\u001f]/.test(part))
      ? null
      : parts;
  } catch {
    return null;
  }
}
