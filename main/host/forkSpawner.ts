import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { ENGINE_FLAGS, engineEnvironment } from './engineEnvironment.ts';
import type { EngineProcess, ProcessExit, Spawner } from './spawner.ts';

/** As much of stderr as is kept to explain a crash. */
const LAST_WORDS = 4000;

/** tsx by its address: Node looks for a bare name beside the working directory, which may be anywhere. */
function tsxHere(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}

/**
 * Starts engine processes with Node's fork: a TypeScript file through tsx (in the checkout), a built file as it is.
 *
 * @param entry path of the file to run
 */
export function forkSpawner(
  entry: string,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Spawner {
  return () => {
    const child = fork(entry, args, {
      execArgv: [...ENGINE_FLAGS, ...(entry.endsWith('.ts') ? ['--import', tsxHere()] : [])],
      env: engineEnvironment({ ...process.env, ...env }),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let lastWords = '';
    // Also read when nobody listens: a pipe that fills up would stop the process.
    child.stdout?.resume();
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-LAST_WORDS);
    });
    return {
      send(message) {
        // A process that is about to die closes its channel first; its exit says so.
        if (child.connected) child.send(message as object, () => undefined);
      },
      onMessage(listener) {
        child.on('message', listener);
      },
      onSign(listener) {
        child.stdout?.on('data', listener);
      },
      onExit(listener) {
        let told = false;
        const tell = (exit: Omit<ProcessExit, 'lastWords'>): void => {
          if (told) return;
          told = true;
          listener({ ...exit, lastWords: lastWords.trim() });
        };
        // 'close' comes after the last of stderr, but never when a grandchild holds the pipe: wait a little, not for ever.
        child.on('close', (code, signal) => tell({ code, signal }));
        child.on('exit', (code, signal) => setTimeout(() => tell({ code, signal }), 500).unref());
        child.on('error', (error) => {
          lastWords += error.message;
          tell({ code: null, signal: null });
        });
      },
      kill() {
        child.kill('SIGKILL');
      },
    } satisfies EngineProcess;
  };
}
