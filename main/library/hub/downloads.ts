import { randomUUID } from 'node:crypto';
import { MAX_HUB_FILES, type Download, type HubPlan } from '../../../preload/contract/models.ts';
import { sentence, type Said } from '../../../preload/contract/sentences.ts';
import { messageOf, saidBy, UserError } from '../../engine/errors.ts';
import type { ModelLibrary } from '../modelLibrary.ts';
import type { HubFile, HubRepository, HubSettings } from './client.ts';
import {
  discardDownload,
  downloadModel,
  filesOf,
  lookUp,
  planFiles,
  presentBytes,
  type DownloadPlan,
  type Found,
} from './downloadModel.ts';
import { DownloadRecords } from './downloadRecord.ts';
import { Speed } from './speed.ts';

/** Repositories that were looked up and can be started; the oldest are forgotten. */
const MAX_PLANS = 20;

/** Between two events of the same downloads. */
const TELL_MS = 250;

interface Running {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

interface Entry {
  readonly id: string;
  readonly repository: HubRepository;
  readonly files: readonly HubFile[];
  folder: string;
  state: Download['state'];
  file: string;
  doneBytes: number;
  speed: Speed;
  said: Said;
  model: string | null;
  running: Running | null;
}

export interface DownloadsOptions {
  readonly library: ModelLibrary;
  /** Read at every start: what the user changed counts for the next one. */
  readonly settings: () => Promise<HubSettings>;
  /** Told after changes, at most a few times a second. */
  readonly onChange: (downloads: Download[]) => void;
  /** Waits before another attempt, in milliseconds; for tests. */
  readonly patience?: number;
}

/** Downloads from the hub: looked up, started, paused, gone on with after the program was closed. */
export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #records: DownloadRecords;
  readonly #plans = new Map<string, Found>();
  readonly #entries = new Map<string, Entry>();
  /** Ids of all downloads that were ever in `#entries`: what else is on record belongs to another process. */
  readonly #known = new Set<string>();
  #loaded: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: DownloadsOptions) {
    this.#options = options;
    this.#records = new DownloadRecords(options.library.folders.data);
  }

  /**
   * Asks the hub what a repository holds; downloads nothing.
   *
   * @throws UserError when it cannot be reached or knows no such repository
   */
  async look(name: string, revision?: string): Promise<HubPlan> {
    const { library, settings } = this.#options;
    const found = await lookUp(name, await settings(), revision === undefined ? {} : { revision });
    const { repository, choice, problem } = found;
    if (repository.files.length > MAX_HUB_FILES) {
      throw new UserError(
        `${name}: holds ${repository.files.length} files; at most ${MAX_HUB_FILES} can be shown.`,
      );
    }
    const id = randomUUID();
    this.#plans.set(id, found);
    const [oldest] = this.#plans.keys();
    if (this.#plans.size > MAX_PLANS && oldest !== undefined) this.#plans.delete(oldest);
    const chosen = new Set(choice?.files.map(({ path }) => path));
    const { folder, freeBytes } = await planFiles(library, repository, choice?.files ?? []);
    const files: HubPlan['files'] = [];
    for (const file of repository.files) {
      const { path, bytes } = file;
      files.push({ path, bytes, chosen: chosen.has(path), presentBytes: await presentBytes(folder, file) });
    }
    return {
      plan: id,
      repository: cardOf(repository),
      folder,
      files,
      notes: [...(choice?.notes ?? [])],
      problem,
      freeBytes,
    };
  }

  /**
   * Begins to download.
   *
   * @param paths files of the plan; its proposal unless given
   * @throws UserError for a plan that is forgotten, a file that it does not have, or no room on the disk
   */
  async start(plan: string, paths?: readonly string[]): Promise<Download> {
    await this.#load();
    const found = this.#plans.get(plan);
    if (found === undefined) throw new UserError(sentence('download.outOfDate', {}));
    const { repository, choice, problem } = found;
    if (paths === undefined && choice === null)
      throw new UserError(problem ?? sentence('download.choose', {}));
    const files = paths === undefined ? [...(choice?.files ?? [])] : filesOf(repository, paths);
    const same = [...this.#entries.values()].find(({ repository: other }) => other.name === repository.name);
    if (same !== undefined && same.state !== 'done') {
      throw new UserError(sentence('download.twice', { name: repository.name }));
    }
    const { folder } = await planFiles(this.#options.library, repository, files);
    if (same !== undefined) this.#entries.delete(same.id);
    const entry = newEntry(randomUUID(), repository, files, folder);
    this.#entries.set(entry.id, entry);
    this.#known.add(entry.id);
    await this.#save();
    this.#run(entry);
    return viewOf(entry);
  }

  async list(): Promise<Download[]> {
    await this.#load();
    return [...this.#entries.values()].map(viewOf);
  }

  /** What came so far stays. */
  async pause(id: string): Promise<void> {
    const entry = await this.#entry(id);
    await this.#stop(entry);
    if (entry.state === 'running') entry.state = 'paused';
    this.#tell();
  }

  async resume(id: string): Promise<void> {
    const entry = await this.#entry(id);
    if (entry.state === 'paused' || entry.state === 'failed') this.#run(entry);
  }

  /** Ends it; what came is deleted unless a model of the library lies there. A finished one only leaves the list. */
  async cancel(id: string): Promise<void> {
    const entry = await this.#entry(id);
    await this.#stop(entry);
    if (entry.state !== 'done' && this.#options.library.usersOf(entry.folder).length === 0) {
      await discardDownload(entry);
    }
    this.#entries.delete(id);
    await this.#save();
    this.#tell();
  }

  /** Pauses what runs; the next start of the program can go on with it. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const entry of this.#entries.values()) await this.#stop(entry);
  }

  #run(entry: Entry): void {
    const stop = new AbortController();
    entry.state = 'running';
    entry.said = { message: '' };
    entry.speed = new Speed();
    entry.running = { stop, ended: this.#download(entry, stop.signal) };
    this.#tell();
  }

  async #download(entry: Entry, signal: AbortSignal): Promise<void> {
    const { library, settings, patience } = this.#options;
    try {
      // Made anew: what is free on the disk, and what is there already, has changed since.
      const plan: DownloadPlan = await planFiles(library, entry.repository, entry.files);
      entry.folder = plan.folder;
      const model = await downloadModel(library, plan, await settings(), {
        signal,
        onProgress: ({ file, doneBytes }) => {
          entry.file = file;
          entry.doneBytes = doneBytes;
          entry.speed.add(performance.now(), doneBytes);
          this.#tell();
        },
        ...(patience === undefined ? {} : { patience }),
      });
      entry.state = 'done';
      entry.model = model?.id ?? null;
    } catch (error) {
      entry.state = signal.aborted ? 'paused' : 'failed';
      entry.said = signal.aborted ? { message: '' } : saidBy(error);
    }
    entry.running = null;
    entry.file = '';
    await this.#save();
    this.#tell();
  }

  async #stop(entry: Entry): Promise<void> {
    const { running } = entry;
    running?.stop.abort();
    await running?.ended;
  }

  async #entry(id: string): Promise<Entry> {
    await this.#load();
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new UserError(sentence('download.gone', {}));
    return entry;
  }

  /** What an earlier run of the program left unfinished, paused. */
  #load(): Promise<void> {
    this.#loaded ??= (async () => {
      for (const { id, repository, files } of await this.#records.read()) {
        const known = { ...repository, files };
        const { folder, totalBytes, remainingBytes } = await planFiles(this.#options.library, known, files);
        const entry = newEntry(id, known, files, folder);
        this.#known.add(id);
        this.#entries.set(id, { ...entry, state: 'paused', doneBytes: totalBytes - remainingBytes });
      }
    })();
    return this.#loaded;
  }

  async #save(): Promise<void> {
    const unfinished = [...this.#entries.values()].filter(({ state }) => state !== 'done');
    await this.#records
      .write(
        unfinished.map(({ id, repository, files }) => ({
          id,
          repository: cardOf(repository),
          files: [...files],
        })),
        this.#known,
      )
      // A list that cannot be kept costs a look-up after the next start, nothing more.
      .catch((error: unknown) =>
        console.error(`The list of downloads could not be kept: ${messageOf(error)}`),
      );
  }

  #tell(): void {
    if (this.#closed || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#options.onChange([...this.#entries.values()].map(viewOf));
    }, TELL_MS);
    this.#timer.unref();
  }
}

function newEntry(id: string, repository: HubRepository, files: readonly HubFile[], folder: string): Entry {
  return {
    id,
    repository,
    files,
    folder,
    state: 'paused',
    file: '',
    doneBytes: 0,
    speed: new Speed(),
    said: { message: '' },
    model: null,
    running: null,
  };
}

const cardOf = ({ name, revision, licence, gated }: HubRepository): Download['repository'] => ({
  name,
  revision,
  licence,
  gated,
});

function viewOf({
  id,
  repository,
  folder,
  files,
  state,
  file,
  doneBytes,
  speed,
  said,
  model,
}: Entry): Download {
  return {
    id,
    repository: cardOf(repository),
    folder,
    files: files.map(({ path }) => path),
    state,
    file,
    doneBytes,
    totalBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    bytesPerSecond: state === 'running' ? speed.bytesPerSecond : null,
    ...said,
    model,
  };
}
