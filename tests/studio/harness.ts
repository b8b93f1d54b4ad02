import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { forkSpawner } from '../../main/host/forkSpawner.ts';
import { ModelLibrary } from '../../main/library/modelLibrary.ts';
import type { Probe } from '../../main/studio/devices.ts';
import type { ModelList } from '../../main/studio/modelList.ts';
import type { StudioShell } from '../../main/studio/shell.ts';
import { StudioService } from '../../main/studio/studioService.ts';
import {
  studioEvents,
  type CallArgs,
  type CallName,
  type CallResult,
  type EventName,
  type EventPayload,
} from '../../preload/contract/studio.ts';
import { StudioClient } from '../../preload/contract/studioClient.ts';
import { documentSchema, type ProjectDocument } from '../../preload/contract/project.ts';
import { requestSchema, type GenerationRequest } from '../../preload/contract/request.ts';
import type { OpenedProject } from '../../preload/contract/studioRecords.ts';

const root = join(import.meta.dirname, '..', '..');

export const webShell: StudioShell = { kind: 'web', locale: () => '', dialogs: null };

/** One model of 64 x 64 pixels that needs no files. */
export const paintingModel: ModelList = {
  list: () =>
    Promise.resolve([
      {
        id: 'painting',
        name: 'Painting',
        origin: 'embedded',
        kind: 'folder',
        path: '/models/painting',
        adapter: null,
        family: 'painting',
        grounding: 'text boxes',
        width: 64,
        height: 64,
        sizeMultiple: 8,
        precision: 'float32',
        weightBytes: 1,
        licence: null,
        repository: null,
        vocabulary: null,
        problem: null,
        deletable: false,
      },
    ]),
  facts: () => Promise.reject(new Error('not in this test')),
  add: () => Promise.reject(new Error('not in this test')),
  remove: () => Promise.reject(new Error('not in this test')),
  defaults: () => Promise.resolve({ model: 'painting', width: 64, height: 64 }),
};

/** A page of the studio: its calls go through the same client as the renderer's, its events are kept. */
export class Page {
  readonly id: string;
  readonly heard: { event: EventName; payload: unknown }[] = [];
  readonly client: StudioClient;
  readonly leave: () => void;
  #tell: (event: string, payload: unknown) => void = () => undefined;

  constructor(service: StudioService, id: string = crypto.randomUUID()) {
    this.id = id;
    this.client = new StudioClient(
      {
        // As JSON, as the socket carries it.
        invoke: async (call, args) => json(await service.call(id, call, json(args))),
        listen: (listener) => {
          this.#tell = listener;
          return () => undefined;
        },
        connection: () => () => undefined,
      },
      async (address, file) => {
        const url = new URL(address, 'http://localhost');
        const response = await service.answer(new Request(url, { method: 'POST', body: file }));
        return response?.json();
      },
    );
    for (const event of Object.keys(studioEvents) as EventName[]) {
      this.client.on(event, (payload) => this.heard.push({ event, payload }));
    }
    this.leave = service.connect({ id, send: (event, payload) => this.#tell(event, json(payload)) });
  }

  call<N extends CallName>(name: N, args: CallArgs<N>): Promise<CallResult<N>> {
    return this.client.call(name, args);
  }

  events<E extends EventName>(event: E): EventPayload<E>[] {
    return this.heard.filter((one) => one.event === event).map(({ payload }) => payload as EventPayload<E>);
  }

  /** The first event, past or to come, that fits. */
  async event<E extends EventName>(
    name: E,
    fits: (payload: EventPayload<E>) => boolean,
  ): Promise<EventPayload<E>> {
    for (let tries = 0; tries < 2000; tries++) {
      const found = this.events(name).find(fits);
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`No such event ${name} within 20 s; heard: ${JSON.stringify(this.heard).slice(-2000)}`);
  }

  /** Queues one request and waits for its end. */
  async run(project: OpenedProject, request: GenerationRequest): Promise<EventPayload<'job'>> {
    const [job] = await this.call('jobs.enqueue', { project: project.handle, requests: [request] });
    return this.event(
      'job',
      (event) => event.job === job && ['done', 'failed', 'cancelled'].includes(event.type),
    );
  }
}

function json(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}

const cpuAlone: Probe = (provider) =>
  Promise.resolve({ provider, works: provider === 'cpu', reason: provider === 'cpu' ? '' : 'no' });

/** Studios in folders of their own; all are ended after each test. */
export function studios(): (options?: {
  data?: string;
  shell?: StudioShell;
  models?: ModelList | null;
  probe?: Probe;
}) => {
  service: StudioService;
  data: string;
} {
  const services: StudioService[] = [];
  const folders: string[] = [];
  afterEach(async () => {
    for (const service of services.splice(0)) await service.close();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return ({
    data = mkdtempSync(join(tmpdir(), 'isac-studio-')),
    shell = webShell,
    // Null: those of the library in the studio's own folder.
    models = paintingModel,
    probe = cpuAlone,
  } = {}) => {
    folders.push(data);
    const service = new StudioService({
      shell,
      folders: { data: join(data, 'data'), projects: join(data, 'projects') },
      examples: join(root, 'assets', 'examples'),
      versions: { 'isac-studio': '0.0.0-test' },
      spawner: forkSpawner(join(import.meta.dirname, 'paintingEngine.ts')),
      probe,
      library: new ModelLibrary({ data: join(data, 'library'), models: join(data, 'models') }),
      ...(models === null ? {} : { models }),
    });
    services.push(service);
    return { service, data };
  };
}

/** Two overlapping boxes. */
export function twoBoxes(caption: string, change: Partial<GenerationRequest> = {}): GenerationRequest {
  return requestSchema.parse({
    version: 1,
    model: 'painting',
    width: 64,
    height: 64,
    caption,
    boxes: [
      { id: 'a', phrase: 'dog', box: [0, 0, 0.6, 1] },
      { id: 'b', phrase: 'sheep', box: [0.4, 0.2, 1, 0.8] },
    ],
    seed: 5,
    steps: 4,
    ...change,
  });
}

export function withCaption(document: ProjectDocument, text: string): ProjectDocument {
  return documentSchema.parse({ ...document, caption: { text, edited: true } });
}
