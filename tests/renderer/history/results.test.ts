import { expect, it, vi, type Mock } from 'vitest';
import { requestSchema } from '../../../preload/contract/request.ts';
import type { HistoryEntry } from '../../../preload/contract/studioRecords.ts';
import { Results } from '../../../renderer/history/results.ts';
import { createStudioStore } from '../../../renderer/ui/state.ts';
import type { StudioState, StudioStore } from '../../../renderer/ui/state.ts';
import { startTranslation } from '../../../renderer/ui/i18n.ts';
import type { Studio } from '../../../renderer/ui/studio.ts';

const entry = (id: string, baselineOf: string | null): HistoryEntry =>
  ({ id, baselineOf }) as unknown as HistoryEntry;

vi.stubGlobal('document', { documentElement: {} });
await startTranslation('en');

const request = requestSchema.parse({
  version: 1, model: 'm', width: 64, height: 64, caption: 'a dog', seed: 1,
  boxes: [{ id: 'a', phrase: 'dog', box: [0, 0, 1, 1] }],
}); // prettier-ignore
const maker = {
  model: { id: 'm', name: 'clipart', sha256: 'a' },
  device: 'cpu',
  versions: { 'onnxruntime-node': '1.30.0', platform: 'linux-x64', node: '20' },
};

function studioWith(result: object): { studio: Studio; store: StudioStore; dismiss: Mock; toast: Mock } {
  const store = createStudioStore();
  const [dismiss, toast] = [vi.fn(), vi.fn()];
  const studio = {
    get state() {
      return store.getState();
    },
    set: (patch: Partial<StudioState>) => store.setState(patch),
    dismiss,
    toast,
    projects: { handle: 'p', need: () => 'p' },
    api: { call: () => Promise.resolve({ trace: null, result, changed: [] }) },
  } as unknown as Studio;
  return { studio, store, dismiss, toast };
}

it.each([
  ['the same maker', maker, null],
  ['another Node', { ...maker, versions: { ...maker.versions, node: '22' } }, null],
  ['other weights', { ...maker, model: { ...maker.model, sha256: 'b' } }, 'other weights of clipart'],
  ['another device', { ...maker, device: 'webgpu' }, 'cpu → webgpu'],
  [
    'another version',
    { ...maker, versions: { ...maker.versions, 'onnxruntime-node': '1.31.0' } },
    'onnxruntime-node 1.30.0 → 1.31.0',
  ],
])('a picture that is made again by %s', async (_, now, told) => {
  const { studio, store, toast } = studioWith(now);
  const results = new Results(studio);
  store.setState({ reproduction: { name: 'old.png', request, madeBy: maker } });
  await results.added({ ...entry('other', null), request: { ...request, seed: 2 } });
  expect(store.getState().reproduction).not.toBeNull();
  await results.added({ ...entry('again', null), request });
  expect(store.getState().reproduction).toBeNull();
  if (told === null) expect(toast).not.toHaveBeenCalled();
  else expect(toast).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(told));
});

it('the run without ISAC opens the slider, and the toast that promised it goes', async () => {
  const { studio, store, dismiss } = studioWith({});
  const results = new Results(studio);
  store.setState({
    results: [entry('first', null), entry('other', null)],
    shown: 'other',
    baselineFor: { result: 'first', toast: 7 },
  });
  await results.added(entry('elsewhere', 'other'));
  expect(dismiss).not.toHaveBeenCalled();
  expect(store.getState().compare).toBeNull();
  await results.added(entry('plain', 'first'));
  expect(dismiss).toHaveBeenCalledExactlyOnceWith(7);
  const { shown, compare, baselineFor, mode } = store.getState();
  expect({ shown, compare, baselineFor, mode }).toEqual({
    shown: 'first',
    compare: 'plain',
    baselineFor: null,
    mode: 'image',
  });
});

it('goes on watching while another run of the project is to come or has begun, and shows the last', async () => {
  const { studio, store } = studioWith({});
  const results = new Results(studio);
  const jobs = (...list: object[]): void => store.setState({ jobs: list as never, watching: true });
  const next = { project: 'p', baselineOf: null, state: 'running' };
  jobs(next);
  await results.added(entry('first', null));
  expect(store.getState()).toMatchObject({ shown: 'first', watching: true });
  // Other windows' jobs, and runs that are made for the slider, are not shown as they come.
  jobs({ ...next, project: 'other' }, { ...next, baselineOf: 'first' });
  await results.added(entry('last', null));
  expect(store.getState()).toMatchObject({ shown: 'last', watching: false });
});
