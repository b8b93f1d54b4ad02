import { basename, dirname, join } from 'node:path';

/** A project is a folder with this ending. */
export const PROJECT_SUFFIX = '.isac';

/** `/a/Dogs.isac` for `/a/Dogs`, `/a/Dogs.isac/` and `/a/Dogs.isac/project.json`. */
export function projectPath(path: string): string {
  const folder = basename(path) === 'project.json' ? dirname(path) : path.replace(/[/\\]+$/, '');
  return folder.toLowerCase().endsWith(PROJECT_SUFFIX) ? folder : `${folder}${PROJECT_SUFFIX}`;
}

/** `Dogs` for `/a/Dogs.isac`. */
export function projectName(path: string): string {
  const name = basename(path);
  return name.toLowerCase().endsWith(PROJECT_SUFFIX) ? name.slice(0, -PROJECT_SUFFIX.length) : name;
}

/** A name that every file system takes as a file's: no separators, no control characters, none of Windows' devices. */
export function safeName(name: string, fallback: string): string {
  const cleaned = name
    .normalize('NFC')
    // eslint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u001f<>:"/\\|?*\u007f]+/g, ' ')
    .trim()
    .replaceAll(/^\.+|[. ]+$/g, '');
  const short = [...cleaned].slice(0, 60).join('').trim();
  return short === '' || /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i.test(short) ? fallback : short;
}

/** Where in a folder a new project of a name goes: `Name.isac`, `Name 2.isac`, ... */
export function numberedPath(folder: string, name: string, attempt: number): string {
  return join(folder, `${name}${attempt === 1 ? '' : ` ${attempt}`}${PROJECT_SUFFIX}`);
}
