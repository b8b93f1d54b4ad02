import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { appRoot } from '../host/appRoot.ts';

/** Name of the thread's file here and in a build (electron.vite.config.ts lists it as an entry). */
const NAME = 'readerWorker';

/**
 * Starts the thread that reads files: the TypeScript file beside this one in the checkout, through tsx, whatever loader
 * this process runs with (vitest has its own); in a build out/main/readerWorker.js.
 */
export function startReaderThread(options: WorkerOptions): Worker {
  const here = fileURLToPath(import.meta.url);
  if (!here.endsWith('.ts')) return new Worker(join(appRoot(), 'out', 'main', `${NAME}.js`), options);
  return startTypeScript(join(dirname(here), `${NAME}.ts`), options);
}

/** A thread of a TypeScript file. Node 20 does not apply `--import` to a thread's own file, so a line of code does. */
export function startTypeScript(path: string, options: WorkerOptions): Worker {
  const folder = dirname(createRequire(import.meta.url).resolve('tsx/package.json'));
  // By its path: a line of code has no package to look the name up from, and require() would find the other build.
  const tsx = pathToFileURL(join(folder, 'dist', 'esm', 'api', 'index.mjs')).href;
  const file = pathToFileURL(path).href;
  const code = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(file)}); });`;
  return new Worker(code, { ...options, eval: true });
}
