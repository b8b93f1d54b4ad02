import { beforeAll, expect, it, vi, type Mock } from 'vitest';
import { deviceSchema } from '../../../preload/contract/devices.ts';
import { requestSchema, type GenerationRequest } from '../../../preload/contract/request.ts';
import { CommandRegistry } from '../../../renderer/editor/commands/registry.ts';
import type { Editor } from '../../../renderer/editor/editor.ts';
import { Runs } from '../../../renderer/run/runs.ts';
import { WaysOut } from '../../../renderer/run/wayOut.ts';
import { startTranslation, translateMessage } from '../../../renderer/ui/i18n.ts';
import { createStudioStore } from '../../../renderer/ui/state.ts';
import type { Studio } from '../../../renderer/ui/studio.ts';

beforeAll(async () => {
  vi.stubGlobal('document', { documentElement: { lang: '' } });
  await startTranslation('en');
});

const request = requestSchema.parse({
  version: 1, model: 'm', width: 512, height: 512, caption: 'a dog', seed: 1,
  boxes: [{ id: 'a', phrase: 'dog', box: [0, 0, 1, 1] }],
}); // prettier-ignore

interface Fake {
  readonly studio: Studio;
  readonly call: Mock;
  readonly toast: Mock;
  readonly hear: (event: object) => void;
}

function fakeStudio(): Fake {
  const store = createStudioStore();
  const commands = new CommandRegistry();
  const call = vi.fn((_: string, { requests }: { requests: object[] }) =>
    Promise.resolve(requests.map((__, index) => `again-${index}`)),
  );
  const toast = vi.fn();
  const listeners = new Map<string, (event: object) => void>();
  const studio = {
    store,
    commands,
    toast,
    get state() {
      return store.getState();
    },
    set: store.setState,
    announce: () => undefined,
    attempt: (work: () => Promise<unknown>) => void work(),
    projects: { handle: 'p', need: () => 'p' },
    api: { call, on: (event: string, listener: (event: object) => void) => listeners.set(event, listener) },
  } as unknown as Studio;
  Object.assign(studio, { runs: new Runs(studio) });
  new WaysOut(studio);
  store.setState({
    connection: 'connected',
    devices: [
      deviceSchema.parse({
        device: 'cpu',
        works: true,
        reason: '',
        settings: { vaeTile: null, keepLoaded: true },
      }),
    ],
  });
  return { studio, call, toast, hear: (event) => listeners.get('job')?.({ project: 'p', ...event }) };
}

const job = (id: string, seed: number): object => ({
  id, project: 'p', request: { ...request, seed }, baselineOf: null,
  state: 'running', stage: 'sampling', step: null, runningMs: 1,
}); // prettier-ignore

function failedWith({ studio, hear }: Fake, cause: string, fault = 'engine'): void {
  studio.set({ jobs: [job('first', 1)] as never });
  hear({ type: 'failed', job: 'first', fault, cause, message: 'Out of memory (bad_alloc): ...' });
}

const ids = ({ studio }: Fake): string[] => studio.commands.all().map(({ id }) => id);
const run = ({ studio }: Fake, id: string): void =>
  void studio.commands.byId(id)?.run(undefined as unknown as Editor);

it('are commands with the change in their names, as long as the failure stands', async () => {
  const fake = fakeStudio();
  expect(ids(fake)).toEqual([]);
  failedWith(fake, 'memory');
  expect(ids(fake)).toEqual(['run.lighter.probes', 'run.lighter.smaller', 'run.retry']);
  const [first] = fake.studio.commands.all();
  expect(translateMessage({ key: first?.label ?? '', values: first?.labelValues ?? {} })).toBe(
    'Try again with attention maps up to 32 × 32',
  );
  run(fake, 'run.lighter.smaller');
  await vi.waitFor(() => expect(fake.toast).toHaveBeenCalled());
  expect(fake.call).toHaveBeenCalledExactlyOnceWith('jobs.enqueue', {
    project: 'p',
    requests: [{ ...request, width: 384, height: 384 }],
    baselineOf: null,
  });
  expect(fake.toast.mock.calls[0]?.[0]).toMatch(/^Try again at 384 × 384: it is in the queue/);
  expect(fake.studio.state.failure).toBeNull();
  expect(ids(fake)).toEqual([]);
});

it('are none but "try again" for another cause, and none at all where a run is not to blame', () => {
  const fake = fakeStudio();
  failedWith(fake, 'other');
  expect(ids(fake)).toEqual(['run.retry']);
  for (const fault of ['user', 'project']) {
    failedWith(fake, 'other', fault);
    expect(ids(fake)).toEqual([]);
  }
});

it('take along all the variations that failed alike', async () => {
  const fake = fakeStudio();
  fake.studio.set({
    jobs: [job('a', 1), job('b', 2)] as never,
    batch: { jobs: ['a', 'b'], results: {}, ended: [], open: true },
  });
  for (const id of ['a', 'b'])
    fake.hear({ type: 'failed', job: id, fault: 'engine', cause: 'memory', message: '' });
  run(fake, 'run.lighter.probes');
  await vi.waitFor(() => expect(fake.call).toHaveBeenCalled());
  const { requests } = fake.call.mock.calls[0]?.[1] as { requests: GenerationRequest[] };
  expect(requests.map(({ seed, isac }) => [seed, isac.maxProbeSide])).toEqual([
    [1, 32],
    [2, 32],
  ]);
  await vi.waitFor(() => expect(fake.studio.state.batch?.jobs).toEqual(['again-0', 'again-1']));
});

it('queue a run once however often they are clicked, and stand again when it cannot be queued', async () => {
  const fake = fakeStudio();
  failedWith(fake, 'other');
  run(fake, 'run.retry');
  run(fake, 'run.retry');
  await vi.waitFor(() => expect(fake.studio.state.watching).toBe(true));
  expect(fake.call).toHaveBeenCalledOnce();

  failedWith(fake, 'other');
  fake.call.mockRejectedValueOnce(new Error('gone'));
  await expect(fake.studio.runs.retry()).rejects.toThrow('gone');
  expect(fake.studio.state.failure?.requests).toEqual([request]);
});
