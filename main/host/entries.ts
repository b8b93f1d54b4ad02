import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * A file to be started as a process of its own: beside this one, TypeScript in the checkout and JavaScript in a build
 * (electron.vite.config.ts lists these names as entries of their own).
 */
export function siblingEntry(name: 'engineChild' | 'probeChild'): string {
  const here = fileURLToPath(import.meta.url);
  return join(dirname(here), `${name}${extname(here)}`);
}
