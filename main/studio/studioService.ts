import { join } from 'node:path';
import { printable } from '../../preload/contract/printable.ts';
import type { Said } from '../../preload/contract/sentences.ts';
import {
  isCallName,
  studioCalls,
  type CallName,
  type ErrorCode,
  type ParsedArgs,
} from '../../preload/contract/studio.ts';
import { MAX_UPLOAD_BYTES, type Reply } from '../../preload/contract/transport.ts';
import { messageOf, saidBy, UserError } from '../engine/errors.ts';
import { EngineHost } from '../host/engineProcess.ts';
import { RememberedProbes } from '../host/rememberedProbes.ts';
import { JobQueue } from '../host/jobQueue.ts';
import type { Spawner } from '../host/spawner.ts';
import { Downloads } from '../library/hub/downloads.ts';
import { HubSettingsFile } from '../library/hub/settingsFile.ts';
import { ModelLibrary } from '../library/modelLibrary.ts';
import { RunHistory } from '../library/runHistory.ts';
import { ProjectLockedError } from '../projects/lock.ts';
import { RecentProjects } from '../projects/recent.ts';
import { firstIssue } from '../projects/salvage.ts';
import { Session } from '../projects/session.ts';
import { warmReader } from '../reader/outside.ts';
import { appCalls } from './appCalls.ts';
import type { Handlers, StudioParts } from './calls.ts';
import { Clients, type Client } from './clients.ts';
import type { DataFolders } from './dataFolders.ts';
import { deviceCalls } from './deviceCalls.ts';
import { Devices, type Probe } from './devices.ts';
import { DeviceSettingsFile } from './deviceSettings.ts';
import { followJobs } from './followJobs.ts';
import { jobCalls } from './jobCalls.ts';
import { loraCalls } from './loraCalls.ts';
import { JobDesk } from './jobDesk.ts';
import { modelCalls } from './modelCalls.ts';
import { LibraryModelList, type ModelList } from './modelList.ts';
import { OpenElsewhereError, OpenProjects } from './openProjects.ts';
import { PhraseBook } from './phraseBook.ts';
import { phraseCalls } from './phraseCalls.ts';
import { PreferencesFile } from './preferences.ts';
import { projectCalls } from './projectCalls.ts';
import { answerRequest } from './requests.ts';
import { resultCalls } from './resultCalls.ts';
import { sourceCalls } from './sourceCalls.ts';
import { RunFigures } from './runFigures.ts';
import { UnsupportedError, type StudioShell } from './shell.ts';
import { TemporaryFiles } from './temporaryFiles.ts';
import { Verifications } from './verifications.ts';
import { watchedSpawner } from './watchedSpawner.ts';

export interface StudioOptions {
  readonly shell: StudioShell;
  readonly folders: DataFolders;
  /** Folder of the shipped layout files. */
  readonly examples: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Starts the engine's process. */
  readonly spawner: Spawner;
  /** Tries one device in a process of its own. */
  readonly probe: Probe;
  /** What a request can name; the library's unless given. */
  readonly models?: ModelList;
  /** This user's unless given. */
  readonly library?: ModelLibrary;
}

/** The studio without any shell: calls of the contract in, events out, files by address. */
export class StudioService {
  readonly #clients = new Clients();
  readonly #parts: StudioParts;
  readonly #handlers: Handlers;
  /** Clients whose page has made a call, and so listens. */
  readonly #listening = new Set<string>();
  /** Projects to be opened by pages that do not listen yet. */
  readonly #openRequests = new Map<string, string>();

  constructor(given: StudioOptions) {
    const { shell, folders, examples, versions, spawner, probe, library = new ModelLibrary() } = given;
    const { data } = folders;
    warmReader();
    const clients = this.#clients;
    const models = given.models ?? new LibraryModelList(library);
    const hub = new HubSettingsFile(library.folders.data);
    const session = new Session(data);
    const recent = new RecentProjects(join(data, 'recent.json'));
    const options = async (): Promise<{
      writtenBy: string;
      defaults: Awaited<ReturnType<ModelList['defaults']>>;
      untitledFolder: string;
    }> => ({
      writtenBy: `ISAC Studio ${versions['isac-studio'] ?? ''}`.trim(),
      defaults: await models.defaults(),
      untitledFolder: session.untitledFolder,
    });
    const projects = new OpenProjects({ clients, session, recent, options });
    const engine = new EngineHost({
      spawner: watchedSpawner(spawner, (message) => clients.sendAll('engine', { state: 'crashed', message })),
      onSilence: (silent) => clients.sendAll('engine', { state: silent ? 'silent' : 'running', message: '' }),
    });
    const queue = new JobQueue(engine);
    queue.listen(({ state, progress }) => {
      if (state === 'running' && progress === null)
        clients.sendAll('engine', { state: 'running', message: '' });
      if (queue.size === 0) clients.sendAll('engine', { state: 'idle', message: '' });
    });
    const deviceSettings = new DeviceSettingsFile(join(data, 'device-settings.json'));
    const devices = new Devices({
      probe,
      remembered: new RememberedProbes(join(library.folders.data, 'devices.json')),
      settings: deviceSettings,
    });
    const figures = new RunFigures(new RunHistory(library.folders.data));
    followJobs(queue, { engine, devices, deviceSettings, figures });
    const jobs = new JobDesk(queue, projects, clients);
    projects.onSave = (handle, save) => {
      if (save.state === 'saved') jobs.retry(handle);
    };
    this.#parts = {
      shell,
      folders,
      examples,
      versions,
      preferences: new PreferencesFile(join(data, 'preferences.json')),
      session,
      recent,
      projects,
      jobs,
      models,
      hub,
      verifications: new Verifications(library, (event) => clients.sendAll('verification', event)),
      downloads: new Downloads({
        library,
        settings: () => hub.settings(),
        onChange: (downloads) => clients.sendAll('downloads', { downloads }),
      }),
      devices,
      figures,
      files: new TemporaryFiles(join(data, 'temporary'), MAX_UPLOAD_BYTES),
      engine,
      granted: new Set(),
    };
    const parts = this.#parts;
    this.#handlers = {
      ...appCalls(parts),
      ...deviceCalls(parts),
      ...projectCalls(parts),
      ...resultCalls(parts),
      ...jobCalls(parts),
      ...loraCalls(),
      ...phraseCalls(new PhraseBook(engine)),
      ...sourceCalls(parts),
      ...modelCalls(parts),
    };
  }

  /** A window or page is there; the returned function tells that it left. Its projects stay open. */
  connect(client: Client): () => void {
    const leave = this.#clients.add(client);
    return () => {
      leave();
      if (!this.#clients.has(client.id)) this.#listening.delete(client.id);
    };
  }

  /** Carries out a call; never rejects. */
  async call(client: string, name: string, args: unknown): Promise<Reply> {
    if (!isCallName(name))
      return failure('internal', { message: `The studio has no call "${name.slice(0, 60)}".` });
    const parsed = studioCalls[name].args.safeParse(args);
    if (!parsed.success) return failure('internal', { message: `${name}: ${firstIssue(parsed.error)}.` });
    this.#hear(client);
    try {
      return { ok: true, value: await this.#run(name, parsed.data as ParsedArgs<typeof name>, client) };
    } catch (error) {
      const code = codeOfError(error);
      if (code === 'internal') console.error(`${name}:`, error);
      return failure(code, saidBy(error));
    }
  }

  /** Files, uploads and downloads by address; null for other addresses. */
  answer(request: Request): Promise<Response | null> {
    return answerRequest(request, this.#parts.projects, this.#parts.files);
  }

  /** A command of the native menu. */
  command(client: string, id: string): void {
    this.#clients.send(client, 'command', { id });
  }

  /** The system asks a window to open a project: told at once, or as soon as its page listens. */
  requestOpen(client: string, path: string): void {
    this.#parts.granted.add(path);
    if (this.#listening.has(client)) this.#clients.send(client, 'openRequest', { path });
    else this.#openRequests.set(client, path);
  }

  /** The devices that were found to work. */
  async workingDevices(): Promise<string[]> {
    return (await this.#parts.devices.list()).filter(({ works }) => works).map(({ device }) => device);
  }

  /** Asks a window, or all of them, for what they have not sent yet. */
  announceEnd(client?: string): void {
    if (client === undefined) this.#clients.sendAll('quitting', {});
    else this.#clients.send(client, 'quitting', {});
  }

  /** A window is gone for good: its projects are saved and closed. @returns what could not be saved, in sentences */
  async closeClient(client: string): Promise<string[]> {
    const problems: string[] = [];
    for (const entry of this.#parts.projects.entries.filter(({ owner }) => owner === client)) {
      try {
        await this.#parts.jobs.clear(entry.handle);
        await this.#parts.projects.close(entry, false);
      } catch (error) {
        problems.push(messageOf(error));
      }
    }
    return problems;
  }

  /** Ends the engine, saves and closes every project. @returns what could not be saved, in sentences */
  async close(): Promise<string[]> {
    this.#parts.jobs.cancelAll();
    this.#parts.engine.close();
    this.#parts.verifications.close();
    await this.#parts.downloads.close();
    const problems: string[] = [];
    for (const owner of new Set(this.#parts.projects.entries.map((entry) => entry.owner))) {
      problems.push(...(await this.closeClient(owner)));
    }
    await this.#parts.files.close().catch(() => undefined);
    return problems;
  }

  #hear(client: string): void {
    this.#listening.add(client);
    const path = this.#openRequests.get(client);
    if (path === undefined) return;
    this.#openRequests.delete(client);
    this.#clients.send(client, 'openRequest', { path });
  }

  #run<N extends CallName>(name: N, args: ParsedArgs<N>, client: string): Promise<unknown> {
    return this.#handlers[name](args, client);
  }
}

function failure(code: ErrorCode, said: Said): Reply {
  return { ok: false, error: { code, ...said, message: printable(said.message) } };
}

function codeOfError(error: unknown): ErrorCode {
  if (error instanceof ProjectLockedError) return 'locked';
  if (error instanceof OpenElsewhereError) return 'otherWindow';
  if (error instanceof UnsupportedError) return 'unsupported';
  return error instanceof UserError ? 'user' : 'internal';
}
