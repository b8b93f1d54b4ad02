import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the studio keeps things. */
export interface DataFolders {
  /** The program's own: preferences, lists, projects without a place yet. */
  readonly data: string;
  /** Projects that were saved by name. */
  readonly projects: string;
}

/** Set, it holds everything: for tests and for trying things out. */
const OVERRIDE = 'ISAC_STUDIO_DATA';

/**
 * The folders of this user. The desktop app and the web mode share them.
 *
 * @param documents the system's folder for documents, where it is known
 */
export function dataFolders(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
  documents?: string,
): DataFolders {
  const override = env[OVERRIDE];
  if (override !== undefined && override !== '')
    return { data: join(override, 'data'), projects: join(override, 'projects') };
  const home = homedir();
  const known = documents ?? join(home, 'Documents');
  return {
    data: join(configFolder(env, platform, home), 'isac-studio', 'studio'),
    projects: join(documents !== undefined || existsSync(known) ? known : home, 'ISAC Studio'),
  };
}

/** As Electron's `appData`. */
function configFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
  home: string,
): string {
  if (platform === 'win32') return env['APPDATA'] ?? join(home, 'AppData', 'Roaming');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  return env['XDG_CONFIG_HOME'] || join(home, '.config');
}
