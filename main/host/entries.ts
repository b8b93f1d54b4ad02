import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { appRoot } from './appRoot.ts';

/**
 * A file to be started as a process of its own: the TypeScript file beside this one in the checkout; in a build, where
 * this module may end up in any chunk, out/main/<name>.js (the build lists these names as entries).
 */
export function siblingEntry(name: 'engineChild' | 'probeChild'): string {
  const here = fileURLToPath(import.meta.url);
  return here.endsWith('.ts')
    ? join(dirname(here), `${name}.ts`)
    : join(appRoot(), 'out', 'main', `${name}.js`);
}
