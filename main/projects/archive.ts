import type { DocumentDefaults } from '../../preload/contract/newDocument.ts';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import yazl from 'yazl';
import { messageOf, UserError } from '../engine/errors.ts';
import { MAX_SOURCE_BYTES } from '../../preload/contract/source.ts';
import { jsonTrouble } from '../files/boundedJson.ts';
import { BOUNDS, type JsonBound } from '../files/bounds.ts';
import { exists, syncFolder, temporaryPath } from './atomicFile.ts';
import { MAX_BACKDROP_BYTES } from './backdrops.ts';
import { projectEntries } from './copyFolder.ts';
import { fileError } from './fileErrors.ts';
import { numberedPath, projectName, safeName } from './names.ts';
import { PROJECT_FILE, readProjectFile } from './projectFile.ts';
import { readLimitedBytes } from './readFiles.ts';
import { ENTRY, RESULT, TRACE } from './resultFiles.ts';

/** Ending of an exported project. */
export const ARCHIVE_SUFFIX = '.isac.zip';

/** What an archive may hold; each of these is far above what the studio writes. */
export const ARCHIVE_LIMITS = BOUNDS.archive;

export type ArchiveLimits = { readonly [key in keyof typeof ARCHIVE_LIMITS]: number };

/** The files of a project that are JSON. */
const jsonBounds: ReadonlyMap<string, JsonBound> = new Map<string, JsonBound>([
  [PROJECT_FILE, BOUNDS.project],
  [RESULT, BOUNDS.result],
  [ENTRY, BOUNDS.entry],
  [TRACE, BOUNDS.trace],
]);

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
 * is checked before the first byte is written, and counted again as it is unpacked; an archive with a way out of its
 * folder, a link, more than the limits, or more than the disk has room for is refused whole.
 *
 * @param options.temporary where it is unpacked first, below `into`: whoever may end this thread removes it then
 * @returns the new project's path
 * @throws UserError; nothing is left behind then
 */
export async function importArchive(
  archive: string,
  into: string,
  defaults: DocumentDefaults,
  limits: ArchiveLimits = ARCHIVE_LIMITS,
  { temporary = temporaryPath(join(resolve(into), 'import')) }: { temporary?: string } = {},
): Promise<string> {
  const zip = await openZip(archive);
  try {
    const { files, name } = chooseFiles(await readEntries(zip, archive, limits), archive);
    checkSizes(files, archive);
    await requireRoom(files, archive, resolve(into), limits.reserve);
    await mkdir(temporary);
    for (const [path, entry] of files) {
      const target = join(temporary, path);
      await extract(zip, entry, target, archive);
      await checkJson(target, path, archive);
    }
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

/** No file is unpacked that the readers would refuse for its size. */
function checkSizes(files: ReadonlyMap<string, yauzl.Entry>, archive: string): void {
  for (const [path, { uncompressedSize }] of files) {
    const most = bytesOf(path);
    if (uncompressedSize <= most) continue;
    throw new UserError(
      `${archive} was not imported: its ${path} unpacks to ${uncompressedSize} bytes, at most ${most} are allowed.`,
    );
  }
}

/** @throws UserError when the disk has not enough room for the files */
async function requireRoom(
  files: ReadonlyMap<string, yauzl.Entry>,
  archive: string,
  into: string,
  reserve: number,
): Promise<void> {
  // Disks that cannot tell, such as some network ones, are tried.
  const disk = await statfs(into).catch(() => null);
  if (disk === null || disk.blocks === 0) return;
  const block = Math.max(disk.bsize, 1);
  let needed = 0;
  for (const { uncompressedSize } of files.values())
    needed += (Math.ceil(uncompressedSize / block) + 1) * block;
  const free = disk.bavail * disk.bsize;
  if (needed + reserve <= free) return;
  const mega = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
  throw new UserError(
    `${archive} was not imported: it takes ${mega(needed)} and ${mega(reserve)} are to stay free, but the disk of ` +
      `${into} has ${mega(free)} left: make room, then import it again.`,
  );
}

/** The most bytes of a file of a project. */
function bytesOf(path: string): number {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (path.startsWith('backdrops/')) return MAX_BACKDROP_BYTES;
  if (path.startsWith('sources/')) return MAX_SOURCE_BYTES;
  return jsonBounds.get(name)?.bytes ?? BOUNDS.png.bytes;
}

/** @throws UserError when JSON of a project exceeds what the studio would read of it later */
async function checkJson(file: string, path: string, archive: string): Promise<void> {
  const bound = jsonBounds.get(path.slice(path.lastIndexOf('/') + 1));
  if (bound === undefined) return;
  const trouble = jsonTrouble(await readLimitedBytes(file, bound.bytes), bound);
  if (trouble !== null) throw new UserError(`${archive} was not imported: its ${path} ${trouble}.`);
}

/** Writes one entry and checks its size and check sum. */
async function extract(
  zip: yauzl.ZipFile,
  entry: yauzl.Entry,
  target: string,
  archive: string,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  let sum = 0;
  let size = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum = crc32(chunk, sum);
      size += chunk.length;
      // Whatever the library checks: no byte beyond what was counted before is written.
      if (size > entry.uncompressedSize) done(new Error('it unpacks to more than it says'));
      else done(null, chunk);
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
