import type { CallsOf, Handlers, StudioParts } from './calls.ts';

/** The program itself. */
export function appCalls(parts: StudioParts): Handlers<CallsOf<'app'>> {
  const { shell, preferences, models } = parts;
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
    'app.setPreferences': ({ language, theme, hintSeen, view }) =>
      preferences.change({
        ...(language === undefined ? {} : { language }),
        ...(theme === undefined ? {} : { theme }),
        ...(hintSeen === undefined ? {} : { hintSeen }),
        ...(view === undefined ? {} : { view }),
      }),
    'app.setMenu': async ({ menus }, client) => {
      shell.showMenu?.(client, menus);
      return null;
    },
  };
}
