import { beforeEach, expect, it, vi } from 'vitest';
import { newDocument } from '../../../preload/contract/newDocument.ts';
import { english, sentence } from '../../../preload/contract/sentences.ts';
import type { OpenedProject } from '../../../preload/contract/studioRecords.ts';
import { StudioError } from '../../../preload/contract/studioClient.ts';
import { setCaption } from '../../../renderer/editor/document.ts';
import { Editor } from '../../../renderer/editor/editor.ts';
import { Projects } from '../../../renderer/library/projects.ts';
import { createStudioStore } from '../../../renderer/ui/state.ts';
import type { StudioState } from '../../../renderer/ui/state.ts';
import { startTranslation } from '../../../renderer/ui/i18n.ts';
import type { Studio } from '../../../renderer/ui/studio.ts';

const kept = new Map<string, string>();
const storage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => kept.set(key, value),
  removeItem: (key: string) => kept.delete(key),
};
vi.stubGlobal('document', { documentElement: {} });
vi.stubGlobal('window', { addEventListener: () => undefined });
vi.stubGlobal('sessionStorage', storage);
vi.stubGlobal('localStorage', storage);
await startTranslation('en');

const document = newDocument({ model: 'm', width: 128, height: 128 });

function opened(path: string, patch: Partial<OpenedProject> = {}): OpenedProject {
  return {
    handle: `handle of ${path}`, id: 'i', path, name: path, untitled: false, readOnly: false, recovered: false,
    document, results: [], damage: [], ...patch,
  }; // prettier-ignore
}

interface Stub {
  readonly projects: Projects;
  readonly editor: Editor;
  readonly state: () => StudioState;
  /** Names of the calls so far. */
  readonly calls: string[];
  readonly answers: Record<string, (args: never) => unknown>;
  readonly event: (name: string, payload: object) => void;
  readonly connection: (state: 'connected' | 'reconnecting') => void;
}

function page(): Stub {
  const store = createStudioStore();
  const editor = new Editor({ document });
  const calls: string[] = [];
  const events = new Map<string, (payload: object) => void>();
  let connection: (state: string) => void = () => undefined;
  const answers: Stub['answers'] = {
    'project.open': ({ path }: { path: string }) => opened(path),
    'project.create': () => opened('new'),
    'projects.list': () => ({ recent: [], folder: [], unclosed: [] }),
    'jobs.list': () => [],
  };
  const studio = {
    editor,
    get state() {
      return store.getState();
    },
    set: (patch: Partial<StudioState>) => store.setState(patch),
    toast: vi.fn(),
    undoAction: vi.fn(),
    attempt: (work: () => Promise<unknown>) => void work().catch(() => undefined),
    runs: { sync: () => undefined },
    api: {
      on: (name: string, listener: (payload: object) => void) => events.set(name, listener),
      onConnection: (listener: (state: string) => void) => (connection = listener),
      call: async (name: string, args: never) => {
        calls.push(name);
        await Promise.resolve();
        return answers[name]?.(args) ?? null;
      },
    },
  } as unknown as Studio;
  const projects = new Projects(studio);
  store.setState({ connection: 'connected' });
  return {
    projects,
    editor,
    state: () => store.getState(),
    calls,
    answers,
    event: (name, payload) => events.get(name)?.(payload),
    connection: (state) => connection(state),
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 300));

beforeEach(() => kept.clear());

it('is read-only from the moment another window takes the project, and never says that it saves', async () => {
  const { projects, editor, state, calls, event, connection } = page();
  await projects.open('p');
  event('closed', { project: 'handle of p', message: 'taken' });
  const before = editor.getSnapshot().document;
  editor.edit('step.caption', (current) => setCaption(current, 'drawn too late'));
  await settle();
  expect(editor.getSnapshot().document).toBe(before);
  expect(state().save).toBeNull();
  expect(calls).not.toContain('project.save');
  // A connection that was away for a moment is no reason to take it back.
  connection('reconnecting');
  connection('connected');
  await settle();
  expect(calls.filter((name) => name === 'project.open')).toHaveLength(1);
  await projects.keepCopy();
  expect(state().project?.path).toBe('new');
  expect(state().closed).toBeNull();
  editor.edit('step.caption', (current) => setCaption(current, 'here again'));
  await settle();
  expect(editor.getSnapshot().document.caption.text).toBe('here again');
});

it('does not take back a project that another window took while this one was away', async () => {
  const { projects, editor, state, calls, answers, connection } = page();
  await projects.open('p');
  connection('reconnecting');
  editor.edit('step.caption', (current) => setCaption(current, 'drawn while away'));
  answers['project.view'] = () => {
    const said = sentence('project.elsewhere', {});
    throw new StudioError('user', english(said), said);
  };
  connection('connected');
  await settle();
  expect(calls.filter((name) => name === 'project.open')).toHaveLength(1);
  expect(calls).not.toContain('project.save');
  expect(state().closed).toContain('another window');
  // What was drawn is still there, to be kept in a project of its own.
  await projects.keepCopy();
  expect(editor.getSnapshot().document.caption.text).toBe('drawn while away');
  await settle();
  expect(calls).toContain('project.save');
});

it('saves what was drawn in a read-only project where it is saved as', async () => {
  const { projects, editor, state, answers } = page();
  const saved: string[] = [];
  answers['project.open'] = () => opened('p', { readOnly: true });
  answers['project.saveAs'] = () => ({ path: 'q', name: 'q', untitled: false });
  answers['project.view'] = () => opened('q');
  answers['project.save'] = (args: { document: { caption: { text: string } } }) => {
    saved.push(args.document.caption.text);
    return null;
  };
  await projects.open('p');
  editor.edit('step.caption', (current) => setCaption(current, 'drawn where nothing can be written'));
  await projects.saveAs('q');
  expect(state().project).toMatchObject({ path: 'q', readOnly: false });
  expect(saved).toEqual(['drawn where nothing can be written']);
  editor.edit('step.caption', (current) => setCaption(current, 'and goes on'));
  await settle();
  expect(saved.at(-1)).toBe('and goes on');
});
