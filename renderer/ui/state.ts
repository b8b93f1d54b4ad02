import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand/vanilla';
import type { Reproduction } from '../run/reproduction.ts';
import type { Stage } from '../../preload/contract/engine.ts';
import type { DeviceInfo } from '../../preload/contract/devices.ts';
import type { Download, ModelInfo, Verification } from '../../preload/contract/models.ts';
import type { SaveState, Trace } from '../../preload/contract/project.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import type { StepLoss } from '../../preload/contract/result.ts';
import type { Sentence } from '../../preload/contract/sentences.ts';
import type { ConnectionState, FailureCause } from '../../preload/contract/studio.ts';
import type {
  AppInfo,
  CocoImage,
  HistoryEntry,
  Job,
  OpenedProject,
  ProjectList,
  ResultView,
  ShowMode,
} from '../../preload/contract/studioRecords.ts';

/** The open project without what lives elsewhere: its document in the editor, its results in the history. */
export type ProjectInfo = Omit<OpenedProject, 'document' | 'results'>;

/** What the running job has told so far. */
export interface LiveRun {
  readonly job: string;
  readonly request: GenerationRequest;
  readonly stage: Stage | null;
  /** Denoising steps done. */
  readonly done: number;
  readonly steps: number;
  readonly losses: readonly StepLoss[];
  readonly preview: string | null;
  readonly masks: readonly string[];
  /** performance.now() when the run and when its first step were heard of. */
  readonly started: number;
  readonly firstStep: number | null;
  /** Milliseconds to go, by the pace of the steps so far; null before the second. */
  readonly left: number | null;
  readonly cancelling: boolean;
}

export interface RunFailure {
  readonly job: string;
  readonly fault: 'user' | 'engine' | 'project';
  readonly cause: FailureCause;
  readonly message: string;
  readonly sentence?: Sentence | undefined;
  /** Where the run was when it failed; null when nobody knows. */
  readonly stage: Stage | null;
  /** For another try: several when variations failed alike, none when nobody knows them any more. */
  readonly requests: readonly GenerationRequest[];
  readonly baselineOf: string | null;
}

/** A run with several seeds, shown as a grid. */
export interface Batch {
  readonly jobs: readonly string[];
  readonly results: Readonly<Record<string, string>>;
  readonly ended: readonly string[];
  readonly open: boolean;
}

export interface LoadedResult {
  readonly view: ResultView;
  readonly trace: Trace | null;
}

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly action?: ToastAction;
  /** Another way to go on. */
  readonly other?: ToastAction;
}

export interface ToastAction {
  readonly label: string;
  readonly run: () => void;
}

export type DialogState =
  | { readonly kind: 'palette' | 'shortcuts' | 'library' | 'projects' | 'about' }
  | { readonly kind: 'saveAs' }
  | { readonly kind: 'differences'; readonly a: string; readonly b: string }
  | { readonly kind: 'locked'; readonly path: string; readonly message: string }
  | { readonly kind: 'picture'; readonly upload: string; readonly file: File }
  | {
      readonly kind: 'coco';
      readonly upload: string;
      readonly name: string;
      readonly images: readonly CocoImage[];
    }
  | { readonly kind: 'damage' };

export interface StudioState {
  readonly connection: ConnectionState;
  readonly boot: 'starting' | 'recover' | 'open' | 'failed';
  readonly bootProblem: string;
  readonly info: AppInfo | null;
  readonly lists: ProjectList;
  readonly project: ProjectInfo | null;
  /** The project is no longer this window's, and why. */
  readonly closed: string | null;
  readonly save: SaveState | null;
  readonly models: readonly ModelInfo[] | null;
  readonly downloads: readonly Download[];
  /** How the hashing of models' files goes or went, by model. */
  readonly verifications: Readonly<Record<string, Verification>>;
  readonly devices: readonly DeviceInfo[] | null;
  readonly jobs: readonly Job[];
  readonly live: LiveRun | null;
  readonly failure: RunFailure | null;
  /** The engine runs a job and gives no sign of life. */
  readonly engineSilent: boolean;
  readonly batch: Batch | null;
  /** Oldest first. */
  readonly results: readonly HistoryEntry[];
  /** Id of the result on the canvas. */
  readonly shown: string | null;
  /** The running job is shown rather than a result. */
  readonly watching: boolean;
  readonly loaded: Readonly<Record<string, LoadedResult>>;
  readonly mode: ShowMode;
  readonly boxes: boolean;
  /** Index into the trace's steps; null shows the finished image. */
  readonly scrub: number | null;
  /** Result on the right of the slider. */
  readonly compare: string | null;
  /** The result whose run without ISAC was asked for and is not there yet, and the toast that says so. */
  readonly baselineFor: { readonly result: string; readonly toast: number } | null;
  /** The PNG whose request was taken back, until a run has made its picture again. */
  readonly reproduction: Reproduction | null;
  readonly highlight: string | null;
  /** What the document's model makes of pairs of phrases (keys of phrasePair), as far as it has been asked. */
  readonly cosines: ReadonlyMap<string, number>;
  readonly variations: number;
  readonly dialog: DialogState | null;
  readonly toasts: readonly Toast[];
  /** For screen readers: what just happened. */
  readonly announcement: string;
  readonly dropping: boolean;
}

export const initialState: StudioState = {
  connection: 'reconnecting',
  boot: 'starting',
  bootProblem: '',
  info: null,
  lists: { recent: [], folder: [], unclosed: [] },
  project: null,
  closed: null,
  save: null,
  models: null,
  downloads: [],
  verifications: {},
  devices: null,
  jobs: [],
  live: null,
  failure: null,
  engineSilent: false,
  batch: null,
  results: [],
  shown: null,
  watching: false,
  loaded: {},
  mode: 'image',
  boxes: true,
  scrub: null,
  compare: null,
  baselineFor: null,
  reproduction: null,
  highlight: null,
  cosines: new Map(),
  variations: 1,
  dialog: null,
  toasts: [],
  announcement: '',
  dropping: false,
};

export type StudioStore = StoreApi<StudioState>;

export function createStudioStore(): StudioStore {
  return createStore<StudioState>(() => initialState);
}
