import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { PROJECT_SUFFIX } from '../projects/names.ts';

/** The project that a command line asks to open, absolute; null when it names none. */
export function projectArgument(args: readonly string[], folder: string): string | null {
  const given = args.find(
    (arg) =>
      !arg.startsWith('-') &&
      arg
        .toLowerCase()
        .replace(/[/\\]+$/, '')
        .endsWith(PROJECT_SUFFIX),
  );
  if (given === undefined) return null;
  const path = isAbsolute(given) ? given : resolve(folder, given);
  return existsSync(path) ? path : null;
}
