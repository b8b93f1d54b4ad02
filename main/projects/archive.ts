import type { DocumentDefaults } from '../../preload/contract/newDocument.ts';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import yazl from 'yazl';
import { messageOf, UserError } from '../engine/errors.ts';
import { exists, syncFolder, temporaryPath } from './atomicFile.ts';
import { projectEntries } from './copyFolder.ts';
import { fileError } from './fileErrors.ts';
import { numberedPath, projectName, safeName } from './names.ts';
import { PROJECT_FILE, readProjectFile } from './projectFile.ts';

/** Ending of an exported project. */
export const ARCHIVE_SUFFIX = '.isac.zip';

/** What an archive may hold; each of these is far above what the studio writes. */
export const ARCHIVE_LIMITS = {
  entries: 200_000,
  /** Bytes in all, unpacked. */
  total: 64 * 2 ** 30,
  /** Unpacked bytes per byte of the archive, beyond `free` bytes. PNG hardly shrinks, JSON by ten. */
  ratio: 100,
  free: 64 * 2 ** 20,
} as const;

export type ArchiveLimits = { readonly [key in keyof typeof ARCHIVE_LIMITS]: number };

/** The only files that are taken out of an archive, relative to the project. */
const projectFiles =
  /^(project\.json|backdrops\/[A-Za-z0-9_-][A-Za-z0-9._-]*|sources\/[0-9a-f]{64}\.png|results\/[a-z0-9][a-z0-9-]{0,63}\/((image|thumbnail)\.png|(result|entry|trace)\.json|masks\/[^/]{1,200}\.png))$/;

/**
 * Writes a project into one zip file with the folder `Name.isac/` in it. The caller has flushed the project.
 * The file is there whole or not at all.
 *
 * @throws UserError when the disk refuses
 */
export async function exportArchive(project: string, target: string): Promise<void> {
  const temporary = temporaryPath(resolve(target));
  try {
    const zip = new yazl.ZipFile();
    const output = createWriteStream(temporary, { flags: 'wx' });
    const written = pipeline(zip.outputStream, output);
    // yazl reports files that vanish meanwhile on itself.
    const failed = new Promise<never>((_, reject) => zip.on('error', reject));
    const root = `${safeName(projectName(project), 'Project')}.isac`;
    for await (const { path, kind } of projectEntries(project)) {
      if (kind === 'file' && projectFiles.test(path)) {
        // PNG is compressed already.
        zip.addFile(join(project, path), `${root}/${path}`, { compress: path.endsWith('.json') });
      }
    }
    zip.end();
    await Promise.race([written, failed]);
    const handle = await open(temporary, 'r+');
    await handle.sync().finally(() => handle.close());
    await rename(temporary, target);
    await syncFolder(dirname(resolve(target)));
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileError('export', target, error);
  }
}

/**
 * Unpacks an exported project into a new folder `Name.isac` (or `Name 2.isac`, ...) below `into`. Every name and size
 * is checked before the first byte is written; an archive with a way out of its folder, a link, or more than the
 * limits is refused whole.
 *
 * @returns the new project's path
 * @throws UserError; nothing is left behind then
 */
export async function importArchive(
  archive: string,
  into: string,
  defaults: DocumentDefaults,
  limits: ArchiveLimits = ARCHIVE_LIMITS,
): Promise<string> {
  const zip = await openZip(archive);
  const temporary = temporaryPath(join(resolve(into), 'import'));
  try {
    const { files, name } = chooseFiles(await readEntries(zip, archive, limits), archive);
    await mkdir(temporary);
    for (const [path, entry] of files) await extract(zip, entry, join(temporary, path), archive);
    await readProjectFile(temporary, defaults);
    for (let attempt = 1; ; attempt++) {
      const target = numberedPath(resolve(into), name, attempt);
      if (await exists(target)) continue;
      await rename(temporary, target);
      await syncFolder(resolve(into));
      return target;
    }
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw fileError('import', archive, error);
  } finally {
    zip.close();
  }
}

async function openZip(archive: string): Promise<yauzl.ZipFile> {
  try {
    // The names are needed as they are, to tell of them; they are checked here and by yauzl's own function below.
    return await yauzl.openPromise(archive, {
      autoClose: false,
      strictFileNames: true,
      validateEntrySizes: true,
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw fileError('import', archive, error);
    throw new UserError(
      `${archive} is not a whole zip file (${messageOf(error).replace(/\.$/, '')}): export the project again.`,
    );
  }
}

/** All entries, every one of them checked. */
async function readEntries(
  zip: yauzl.ZipFile,
  archive: string,
  limits: ArchiveLimits,
): Promise<yauzl.Entry[]> {
  const refuse = (why: string): UserError => new UserError(`${archive} was not imported: ${why}.`);
  if (zip.entryCount > limits.entries)
    throw refuse(`it says it has ${zip.entryCount} entries, at most ${limits.entries} are allowed`);
  const { size } = await stat(archive);
  const most = Math.min(limits.total, limits.free + limits.ratio * size);
  const entries: yauzl.Entry[] = [];
  const names = new Set<string>();
  let total = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      const { fileName } = entry;
      const shown = JSON.stringify(fileName.slice(0, 120));
      const bad = escapes(fileName);
      if (bad !== null) throw refuse(`its entry ${shown} ${bad}`);
      const fileType = (entry.externalFileAttributes >>> 16) & 0o170000;
      if (![0, 0o100000, 0o040000].includes(fileType))
        throw refuse(`its entry ${shown} is a link or a special file`);
      if (entry.isEncrypted()) throw refuse(`its entry ${shown} is encrypted`);
      // As Windows and macOS see names: two that differ in case or composition are one file there.
      const folded = fileName.normalize('NFC').toLowerCase();
      if (names.has(folded)) throw refuse(`its entry ${shown} is there twice`);
      names.add(folded);
      total += entry.uncompressedSize;
      if (total > most) throw refuse(`it would unpack to more than ${most} bytes`);
      entries.push(entry);
      if (entries.length > limits.entries) throw refuse(`it has more than ${limits.entries} entries`);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw refuse(`its list of files cannot be used (${messageOf(error)})`);
  }
  return entries;
}

/** Why a name must not be unpacked; null when it stays inside. */
function escapes(name: string): string | null {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'has control characters in its name';
  if (name.includes('\\') || /^[A-Za-z]:/.test(name) || name.startsWith('/'))
    return 'names a place outside its folder';
  if (name.split('/').some((part) => part === '..' || part === '.'))
    return 'names a place outside its folder';
  return null;
}

/** The project's own files by their path in it, and the project's name. What else there is stays unpacked. */
function chooseFiles(
  entries: readonly yauzl.Entry[],
  archive: string,
): { files: Map<string, yauzl.Entry>; name: string } {
  const main = entries
    .map(({ fileName }) => fileName)
    .filter((name) => name === PROJECT_FILE || /^[^/]+\/project\.json$/.test(name));
  const found = main[0];
  if (found === undefined || main.length > 1) {
    throw new UserError(
      `${archive} does not hold one ISAC Studio project: it has ${main.length} files ${PROJECT_FILE}.`,
    );
  }
  const root = found.slice(0, -PROJECT_FILE.length);
  const files = new Map<string, yauzl.Entry>();
  for (const entry of entries) {
    const path = entry.fileName.startsWith(root) ? entry.fileName.slice(root.length) : '';
    if (projectFiles.test(path)) files.set(path, entry);
  }
  const own = root === '' ? projectName(archive.replace(/\.zip$/i, '')) : projectName(root.slice(0, -1));
  return { files, name: safeName(own, 'Imported') };
}

/** Writes one entry and checks its size (yauzl) and check sum. */
async function extract(
  zip: yauzl.ZipFile,
  entry: yauzl.Entry,
  target: string,
  archive: string,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  let sum = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum = crc32(chunk, sum);
      done(null, chunk);
    },
  });
  try {
    await pipeline(
      await zip.openReadStreamPromise(entry),
      check,
      createWriteStream(target, { flags: 'wx', flush: true }),
    );
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('E')) throw error;
    throw new UserError(
      `${archive} was not imported: ${JSON.stringify(entry.fileName)} is damaged (${messageOf(error)}).`,
    );
  }
  if (sum !== entry.crc32) {
    throw new UserError(
      `${archive} was not imported: ${JSON.stringify(entry.fileName)} is damaged (wrong check sum).`,
    );
  }
}
