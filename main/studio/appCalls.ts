import { dialogsOf } from './shell.ts';
import type { CallsOf, Handlers, StudioParts } from './calls.ts';

/** The program itself, its models and devices. */
export function appCalls(parts: StudioParts): Handlers<CallsOf<'app' | 'models' | 'devices'>> {
  const { shell, preferences, models, devices } = parts;
  return {
    'app.info': async () => {
      const [first] = (await models.list()).filter(({ problem }) => problem === null);
      return {
        version: parts.versions['isac-studio'] ?? '',
        versions: { ...parts.versions },
        shell: shell.kind,
        platform: process.platform,
        locale: shell.locale(),
        firstStart: (await parts.recent.list()).length === 0 && parts.projects.entries.length === 0,
        preferences: await preferences.read(),
        projectsFolder: parts.folders.projects,
        defaultModel: first?.id ?? null,
      };
    },
    'app.setPreferences': ({ language, theme, hintSeen }) =>
      preferences.change({
        ...(language === undefined ? {} : { language }),
        ...(theme === undefined ? {} : { theme }),
        ...(hintSeen === undefined ? {} : { hintSeen }),
      }),

    'models.list': () => models.list(),
    'models.addFolder': async ({ path }, client) => {
      const folder = path ?? (await dialogsOf(shell, 'Choosing a folder').chooseFolder(client));
      return folder === null ? null : models.addFolder(folder);
    },
    'models.remove': async ({ id }) => {
      await models.remove(id);
      // The engine may hold it open.
      parts.engine.unload();
      return null;
    },

    'devices.list': () => devices.list(),
    'devices.probe': () => devices.probe(),
  };
}
