import { existsSync } from 'node:fs';
import { realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { sentence } from '../../preload/contract/sentences.ts';
import { UserError } from '../engine/errors.ts';
import { unreadable } from '../engine/weights/fileTrouble.ts';
import type { ModelSource } from '../engine/weights/openModel.ts';
import { assetsRoot } from '../host/appRoot.ts';
import { bundledModels } from '../host/models.ts';
import { readOutside } from '../reader/outside.ts';
import type { ModelDescription } from './describeModel.ts';
import { describeOutside, Descriptions } from './descriptions.ts';
import { FileHashes } from './fileHashes.ts';
import { libraryFolders, type LibraryFolders } from './folders.ts';
import { changeIndex, readIndex, type LibraryEntry } from './libraryIndex.ts';

/** A model of the library with what a look at it tells. */
export interface LibraryModel extends ModelDescription {
  readonly id: string;
  readonly name: string;
  readonly origin: 'embedded' | LibraryEntry['origin'];
  readonly source: ModelSource;
  readonly repository: LibraryEntry['repository'];
  /** By path; null where a file was never hashed since it changed. */
  readonly hashes: Readonly<Record<string, string | null>>;
}

/** How far the hashing of a model's files is. */
export interface VerifyProgress {
  readonly file: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What a user adds: a folder or a checkpoint, and perhaps an adapter to it. */
export interface AddRequest {
  readonly path: string;
  readonly adapter?: string;
  readonly name?: string;
  /** Folder with vocab.json and merges.txt, for checkpoints; CLIP's own unless given. */
  readonly tokenizer?: string;
}

type Registered = Omit<LibraryEntry, 'origin'> & { readonly origin: LibraryModel['origin'] };

/** The models of this user: those of the program first, then what was added or downloaded. Nothing is copied. */
export class ModelLibrary {
  readonly folders: LibraryFolders;
  readonly hashes: FileHashes;
  readonly #descriptions = new Descriptions();

  constructor(folders: LibraryFolders = libraryFolders()) {
    this.folders = folders;
    this.hashes = new FileHashes(folders.data);
  }

  /** All models, broken ones with their problem. */
  async list(): Promise<LibraryModel[]> {
    const models: LibraryModel[] = [];
    for (const entry of this.#entries()) models.push(await this.#described(entry));
    return models;
  }

  /** The models that came with the program: there whatever became of the index. */
  async embedded(): Promise<LibraryModel[]> {
    return Promise.all(embeddedEntries().map((entry) => this.#described(entry)));
  }

  /** @throws UserError naming the models there are */
  async get(id: string): Promise<LibraryModel> {
    return this.#described(this.#entry(id));
  }

  /**
   * Takes a model into the library, where it lies.
   *
   * @throws UserError when it cannot be used, saying what was expected and what was found
   */
  async add(request: AddRequest): Promise<LibraryModel> {
    const source = await sourceOf(request);
    const refuseTwice = (entries: readonly Registered[]): void => {
      const known = entries.find((entry) => JSON.stringify(entry.source) === JSON.stringify(source));
      if (known !== undefined)
        throw new UserError(sentence('model.twice', { path: request.path, id: known.id }));
    };
    // Before it is looked at, and once more when nobody else can add it any more.
    refuseTwice(this.#entries());
    return this.register(
      source,
      { origin: 'added', name: request.name ?? null, licence: null, repository: null },
      refuseTwice,
    );
  }

  /** Takes a model into the library that was checked or downloaded by others. @throws UserError when it cannot be used */
  async register(
    source: ModelSource,
    facts: Pick<LibraryEntry, 'origin' | 'licence' | 'repository'> & { readonly name: string | null },
    check: (entries: readonly Registered[]) => void = () => undefined,
  ): Promise<LibraryModel> {
    const { problem, licence } = await describeOutside(source);
    if (problem !== null) throw new UserError(problem);
    const name = facts.name ?? nameOf(source);
    const entryFor = (taken: readonly Registered[]): LibraryEntry => ({
      id: freeId(name, new Set(taken.map(({ id }) => id))),
      name,
      source,
      origin: facts.origin,
      licence: facts.licence ?? licence,
      repository: facts.repository,
    });
    let entry: LibraryEntry | null = null;
    await changeIndex(this.folders.data, (models) => {
      const entries = [...embeddedEntries(), ...models];
      check(entries);
      entry = entryFor(entries);
      return [...models, entry];
    });
    return this.#described(entry ?? entryFor(this.#entries()));
  }

  /**
   * Takes a model off the list. The user's own files stay where they are; downloaded ones are deleted when
   * `deleteFiles` says so.
   *
   * @throws UserError for models of the program and unknown ones
   */
  async remove(id: string, deleteFiles = false): Promise<{ readonly deleted: string | null }> {
    const entry = this.#entry(id);
    if (entry.origin === 'embedded') throw new UserError(sentence('model.stays', { id }));
    const folder = deleteFiles ? this.#downloadOf(entry) : null;
    await changeIndex(this.folders.data, (models) => models.filter((other) => other.id !== id));
    // Another model may use it too: an adapter, or the same folder with one.
    if (folder === null || this.usersOf(folder).length > 0) return { deleted: null };
    await rm(folder, { recursive: true, force: true });
    return { deleted: folder };
  }

  /**
   * Hashes every weight file of a model, and compares with what was known.
   *
   * @throws UserError when the model cannot be used or a file is no longer what it was; AbortError after `signal`
   */
  async verify(
    id: string,
    onProgress?: (progress: VerifyProgress) => void,
    signal?: AbortSignal,
  ): Promise<Record<string, string>> {
    const model = await this.get(id);
    if (model.problem !== null) throw new UserError(model.problem);
    const found: Record<string, string> = {};
    const totalBytes = model.files.reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    for (const { path, bytes: size } of model.files) {
      onProgress?.({ file: path, doneBytes: done, totalBytes });
      const before = model.hashes[path];
      // What a download brought is known by the hub's own hash, whatever happened to the file since.
      const kept = model.origin === 'downloaded' ? await this.hashes.last(path) : before;
      const sha256 = await this.hashes.compute(path, signal, {
        onBytes: (bytes) => onProgress?.({ file: path, doneBytes: done + bytes, totalBytes }),
        expected: kept ?? null,
      });
      done += size;
      if (typeof kept === 'string' && kept !== sha256) {
        const why =
          kept === before
            ? 'though its size and date are the same; the disk may be failing'
            : 'when it was downloaded; it was changed since';
        throw new UserError(
          `${path}: has the hash ${sha256} now and had ${kept}, ${why}, get the file again.`,
        );
      }
      found[path] = sha256;
    }
    return found;
  }

  /** Whether removing it may delete files: those of a download, in the library's own folder. */
  deletable({ id }: { readonly id: string }): boolean {
    return this.#downloadOf(this.#entry(id)) !== null;
  }

  /** The models whose files lie in a folder. */
  usersOf(folder: string): string[] {
    return this.#entries()
      .filter(({ source }) =>
        pathsOf(source).some((path) => path === folder || path.startsWith(folder + sep)),
      )
      .map(({ id }) => id);
  }

  /** Downloads go to their own folder below the library's, never elsewhere. */
  #downloadOf({ origin, source }: Registered): string | null {
    if (origin !== 'downloaded' || source.kind === 'checkpoint') return null;
    const way = relative(this.folders.models, source.folder);
    return way !== '' && !way.startsWith('..') && resolve(this.folders.models, way) === source.folder
      ? source.folder
      : null;
  }

  #entries(): Registered[] {
    return [...embeddedEntries(), ...readIndex(this.folders.data)];
  }

  #entry(id: string): Registered {
    const entries = this.#entries();
    const entry = entries.find((candidate) => candidate.id === id);
    if (entry !== undefined) return entry;
    const known = entries.map((candidate) => candidate.id).join(', ') || 'none';
    throw new UserError(sentence('model.unknown', { id, known }));
  }

  async #described(entry: Registered): Promise<LibraryModel> {
    const description = await this.#descriptions.of(entry.source);
    const hashes: Record<string, string | null> = {};
    for (const { path } of description.files) hashes[path] = await this.hashes.known(path);
    const { id, name, origin, source, repository } = entry;
    return {
      ...description,
      id,
      name,
      origin,
      source,
      repository,
      licence: entry.licence ?? description.licence,
      hashes,
    };
  }
}

function embeddedEntries(): Registered[] {
  return bundledModels().map(({ id, folder }) => ({
    id,
    name: id,
    source: { kind: 'folder', folder },
    origin: 'embedded',
    licence: null,
    repository: null,
  }));
}

/** What kind of model a path is. */
async function sourceOf({ path, adapter, tokenizer }: AddRequest): Promise<ModelSource> {
  const place = await realpath(resolve(path)).catch(async (error: unknown) => {
    throw await unreadable(path, error, 'there is no such file or folder');
  });
  const added =
    adapter === undefined
      ? null
      : await readOutside('adapterFile', { path: resolve(adapter) }, { about: adapter });
  if ((await stat(place)).isDirectory()) {
    return added === null
      ? { kind: 'folder', folder: place }
      : { kind: 'folder+adapter', folder: place, adapter: added };
  }
  const clip = tokenizer === undefined ? join(assetsRoot(), 'tokenizers', 'clip') : resolve(tokenizer);
  if (!existsSync(join(clip, 'vocab.json'))) {
    throw new UserError(`${clip}: has no vocab.json; name a folder with CLIP's vocab.json and merges.txt.`);
  }
  return { kind: 'checkpoint', checkpoint: place, adapter: added, tokenizer: clip };
}

function nameOf(source: ModelSource): string {
  if (source.kind === 'checkpoint') return basename(source.checkpoint, extname(source.checkpoint));
  const own = basename(source.folder);
  // snapshots/<commit> of a hub cache: the folder above the two has the name.
  return /^[0-9a-f]{40}$/.test(own)
    ? basename(dirname(dirname(source.folder))).replace(/^models--/, '')
    : own;
}

/** Every path that a source names. */
function pathsOf(source: ModelSource): string[] {
  const paths = source.kind === 'checkpoint' ? [source.checkpoint, source.adapter] : [source.folder];
  return [...paths, source.kind === 'folder+adapter' ? source.adapter : null].filter((path) => path !== null);
}

/** A short name for command lines and requests that no other model has. */
function freeId(name: string, taken: ReadonlySet<string>): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 80);
  const base = plain === '' ? 'model' : plain;
  let id = base;
  for (let number = 2; taken.has(id); number += 1) id = `${base}-${number}`;
  return id;
}
