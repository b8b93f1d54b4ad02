import type { CallName, CallResult, ParsedArgs } from '../../preload/contract/studio.ts';
import type { EngineHost } from '../host/engineProcess.ts';
import type { Downloads } from '../library/hub/downloads.ts';
import type { HubSettingsFile } from '../library/hub/settingsFile.ts';
import type { RecentProjects } from '../projects/recent.ts';
import type { Session } from '../projects/session.ts';
import type { DataFolders } from './dataFolders.ts';
import type { Devices } from './devices.ts';
import type { RunFigures } from './runFigures.ts';
import type { JobDesk } from './jobDesk.ts';
import type { ModelList } from './modelList.ts';
import type { OpenProjects } from './openProjects.ts';
import type { PreferencesFile } from './preferences.ts';
import type { StudioShell } from './shell.ts';
import type { TemporaryFiles } from './temporaryFiles.ts';
import type { Verifications } from './verifications.ts';

/** What the calls work on. */
export interface StudioParts {
  readonly shell: StudioShell;
  readonly folders: DataFolders;
  /** Folder of layout files; the first start opens one of them. */
  readonly examples: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly preferences: PreferencesFile;
  readonly session: Session;
  readonly recent: RecentProjects;
  readonly projects: OpenProjects;
  readonly jobs: JobDesk;
  readonly models: ModelList;
  readonly verifications: Verifications;
  readonly downloads: Downloads;
  readonly hub: HubSettingsFile;
  readonly devices: Devices;
  readonly figures: RunFigures;
  readonly files: TemporaryFiles;
  readonly engine: EngineHost;
  /** Paths that may be opened though no list names them: the system handed them to the program. */
  readonly granted: Set<string>;
}

/** Carries out one call of the contract for one window; arguments have been validated. */
export type Handler<N extends CallName> = (args: ParsedArgs<N>, client: string) => Promise<CallResult<N>>;

export type Handlers<N extends CallName = CallName> = { readonly [K in N]: Handler<K> };

/** The names of calls that begin with one of these words. */
export type CallsOf<Topic extends string> = Extract<CallName, `${Topic}.${string}`>;
