import { existsSync } from 'node:fs';
import { mkdir, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sentence } from '../../../preload/contract/sentences.ts';
import { UserError } from '../../engine/errors.ts';
import type { ModelLibrary, LibraryModel } from '../modelLibrary.ts';
import { chooseFiles, gigabytes, isWholeModel, type Choice } from './chooseFiles.ts';
import {
  fileUrl,
  hubError,
  readRepository,
  type HubFile,
  type HubRepository,
  type HubSettings,
} from './client.ts';
import { discardPart, downloadFile, partSize } from './downloadFile.ts';

/** What would be downloaded: to be shown before anything is. */
export interface DownloadPlan extends Choice {
  readonly repository: HubRepository;
  /** Where the files go. */
  readonly folder: string;
  readonly totalBytes: number;
  /** What is not on the disk yet. */
  readonly remainingBytes: number;
  readonly freeBytes: number;
  /** Whether the files are a whole model; single files (adapters) are only stored. */
  readonly wholeModel: boolean;
}

export interface DownloadProgress {
  readonly file: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** Kept free for everything else on the disk. */
const RESERVE_BYTES = 256 * 2 ** 20;

/** What a repository holds, and what of it makes a model. */
export interface Found {
  readonly repository: HubRepository;
  /** Null where `problem` says why no model can be made of it. */
  readonly choice: Choice | null;
  readonly problem: string | null;
}

interface LookOptions {
  readonly revision?: string;
  readonly signal?: AbortSignal;
}

/**
 * Asks the hub what a repository holds. Downloads nothing but its list of files and unet/config.json.
 *
 * @throws UserError when the hub cannot be reached or knows no such repository
 */
export async function lookUp(name: string, settings: HubSettings, options: LookOptions = {}): Promise<Found> {
  const repository = await readRepository(name, settings, options.revision, options.signal);
  const config = await unetConfig(repository, settings, options.signal);
  try {
    return { repository, choice: chooseFiles(repository, config), problem: null };
  } catch (error) {
    if (error instanceof UserError) return { repository, choice: null, problem: error.message };
    throw error;
  }
}

/**
 * What would be downloaded of a repository.
 *
 * @param only paths of single files, such as an adapter's; a whole diffusers model unless given
 * @throws UserError when the hub cannot be reached or the repository holds no model
 */
export async function planDownload(
  library: ModelLibrary,
  name: string,
  settings: HubSettings,
  options: LookOptions & { readonly only?: readonly string[] } = {},
): Promise<DownloadPlan> {
  if (options.only !== undefined) {
    const repository = await readRepository(name, settings, options.revision, options.signal);
    return planFiles(library, repository, filesOf(repository, options.only));
  }
  const { repository, choice, problem } = await lookUp(name, settings, options);
  if (choice === null) throw new UserError(`${problem ?? ''} Name single files with --file.`.trim());
  return planFiles(library, repository, choice.files, choice.notes);
}

/** A plan for files of a repository that was looked up, with what is on the disk of them and what is free there. */
export async function planFiles(
  library: ModelLibrary,
  repository: HubRepository,
  files: readonly HubFile[],
  notes: readonly string[] = [],
): Promise<DownloadPlan> {
  const folder = join(library.folders.models, repository.name.replace('/', '--'));
  let remaining = 0;
  for (const file of files) remaining += file.bytes - (await presentBytes(folder, file));
  await mkdir(library.folders.models, { recursive: true });
  const disk = await statfs(library.folders.models);
  return {
    files,
    notes,
    repository,
    folder,
    totalBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    remainingBytes: remaining,
    freeBytes: disk.bavail * disk.bsize,
    wholeModel: isWholeModel(files.map(({ path }) => path)),
  };
}

/** The files of a repository by their paths. @throws UserError for one that it does not have */
export function filesOf(repository: HubRepository, paths: readonly string[]): HubFile[] {
  return [...new Set(paths)].map((path) => listed(repository, path));
}

/**
 * Downloads what a plan says, file by file; what is there already is not fetched again. An abort pauses: the next
 * download of the same plan goes on.
 *
 * @returns the model, in the library now; null for single files
 * @throws UserError when there is no room or the hub fails; AbortError after `signal`
 */
export async function downloadModel(
  library: ModelLibrary,
  plan: DownloadPlan,
  settings: HubSettings,
  options: {
    readonly signal?: AbortSignal;
    readonly onProgress?: (progress: DownloadProgress) => void;
    readonly patience?: number;
  } = {},
): Promise<LibraryModel | null> {
  const { repository, folder, totalBytes } = plan;
  if (plan.remainingBytes + RESERVE_BYTES > plan.freeBytes) {
    throw new UserError(
      sentence('download.noRoom', {
        folder: library.folders.models,
        toCome: gigabytes(plan.remainingBytes),
        free: gigabytes(plan.freeBytes),
      }),
    );
  }
  let done = 0;
  for (const file of plan.files) {
    const target = join(folder, file.path);
    if (!(await isComplete(library, target, file, options.signal))) {
      const sha256 = await downloadFile({
        url: fileUrl(repository, file.path, settings),
        file,
        target,
        settings,
        onProgress: (bytes) => options.onProgress?.({ file: file.path, doneBytes: done + bytes, totalBytes }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        ...(options.patience === undefined ? {} : { patience: options.patience }),
      });
      await library.hashes.remember(target, sha256);
    }
    done += file.bytes;
    options.onProgress?.({ file: file.path, doneBytes: done, totalBytes });
  }
  if (!plan.wholeModel) return null;
  const known = (await library.list()).find(
    ({ source }) => source.kind === 'folder' && source.folder === folder,
  );
  if (known !== undefined) return known;
  const facts = {
    name: repository.name,
    licence: repository.licence,
    repository: { name: repository.name, revision: repository.revision },
  };
  return library.register({ kind: 'folder', folder }, { origin: 'downloaded', ...facts });
}

/** Ends a paused download: what came of unfinished files is deleted; finished files stay for another try. */
export async function cancelDownload({
  folder,
  files,
}: Pick<DownloadPlan, 'folder' | 'files'>): Promise<void> {
  for (const { path } of files) await discardPart(join(folder, path));
}

/** Ends a download for good: finished files go too, and the folders that are empty then. */
export async function discardDownload(plan: Pick<DownloadPlan, 'folder' | 'files'>): Promise<void> {
  await cancelDownload(plan);
  for (const { path } of plan.files) {
    await rm(join(plan.folder, path), { force: true });
    // Deepest first; one that holds anything else stays.
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
      await rmdir(join(plan.folder, folder)).catch(() => undefined);
    }
  }
  await rmdir(plan.folder).catch(() => undefined);
}

function listed({ name, files }: HubRepository, path: string): HubFile {
  const file = files.find((candidate) => candidate.path === path);
  if (file !== undefined) return file;
  const weights = files
    .filter(({ path: other }) => /\.(safetensors|bin|ckpt)$/.test(other))
    .map(({ path: other }) => other);
  throw new UserError(`${name}: has no file "${path}" (weights: ${weights.join(', ') || 'none'}).`);
}

/** Bytes of a file that are on the disk already. */
export async function presentBytes(folder: string, file: HubFile): Promise<number> {
  const target = join(folder, file.path);
  const whole = await stat(target).catch(() => undefined);
  return whole?.size === file.bytes ? file.bytes : Math.min(await partSize(target), file.bytes);
}

/** A file of the right size and, for large ones, the right hash. Small ones are fetched again. */
async function isComplete(
  library: ModelLibrary,
  target: string,
  file: HubFile,
  signal?: AbortSignal,
): Promise<boolean> {
  if (!existsSync(target) || (await stat(target)).size !== file.bytes || file.hash?.kind !== 'sha256')
    return false;
  const expected = file.hash.hex;
  // A file that was changed is not remembered as it is now: `verify` would go by that.
  const sha256 =
    (await library.hashes.known(target)) ?? (await library.hashes.compute(target, signal, { expected }));
  return sha256 === expected;
}

async function unetConfig(
  repository: HubRepository,
  settings: HubSettings,
  signal?: AbortSignal,
): Promise<unknown> {
  const file = repository.files.find(({ path }) => path === 'unet/config.json');
  if (file === undefined || file.bytes > 100_000) return null;
  const headers = settings.token === null ? {} : { authorization: `Bearer ${settings.token}` };
  try {
    const url = fileUrl(repository, file.path, settings);
    const response = await settings.fetch(url, { headers, ...(signal === undefined ? {} : { signal }) });
    return response.ok ? ((await response.json()) as unknown) : null;
  } catch (error) {
    throw hubError(repository.name, settings, error);
  }
}
