import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the model library keeps things. */
export interface LibraryFolders {
  /** The index, the hashes and the settings: small files. */
  readonly data: string;
  /** Downloaded models: gigabytes. */
  readonly models: string;
}

/**
 * Set, it holds everything: for tests and for libraries on another disk. The second is the studio's own, which holds
 * its projects and preferences too.
 */
const OVERRIDES = ['ISAC_STUDIO_HOME', 'ISAC_STUDIO_DATA'];

/** The library's folders of this user; the desktop app, the web mode and the command line share them. */
export function libraryFolders(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
  home: string = homedir(),
): LibraryFolders {
  const override = OVERRIDES.map((name) => env[name]).find((value) => value !== undefined && value !== '');
  if (override !== undefined) return { data: join(override, 'library'), models: join(override, 'models') };
  if (platform === 'win32') {
    // Not the roaming profile: models are no settings.
    const local = env['LOCALAPPDATA'] || join(home, 'AppData', 'Local');
    const roaming = env['APPDATA'] || join(home, 'AppData', 'Roaming');
    return { data: join(roaming, 'isac-studio', 'library'), models: join(local, 'isac-studio', 'models') };
  }
  if (platform === 'darwin') {
    const support = join(home, 'Library', 'Application Support', 'isac-studio');
    return { data: join(support, 'library'), models: join(support, 'models') };
  }
  const config = env['XDG_CONFIG_HOME'] || join(home, '.config');
  const data = env['XDG_DATA_HOME'] || join(home, '.local', 'share');
  return { data: join(config, 'isac-studio', 'library'), models: join(data, 'isac-studio', 'models') };
}
