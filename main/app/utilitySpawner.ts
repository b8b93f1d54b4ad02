import type { UtilityProcess } from 'electron';
import type { EngineProcess, ProcessExit, Spawner } from '../host/spawner.ts';

/** As much of stderr as is kept to explain a crash. */
const LAST_WORDS = 4000;

type Fork = (
  entry: string,
  args: string[],
  options: { env: Record<string, string>; stdio: 'pipe'; serviceName: string },
) => UtilityProcess;

/**
 * Starts engine processes as Electron's utility processes: they run Node without letting the app's binary be used as
 * Node (the fuse for that is off).
 *
 * @param env added to this process's environment, asked for at every start
 */
export function utilitySpawner(
  fork: Fork,
  entry: string,
  env: () => Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Spawner {
  return () => {
    const inherited = Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    const child = fork(entry, [...args], {
      env: { ...inherited, ...env() },
      stdio: 'pipe',
      serviceName: 'ISAC Studio engine',
    });
    let lastWords = '';
    let killed = false;
    child.stderr?.on('data', (chunk: Buffer) => {
      lastWords = (lastWords + chunk.toString('utf8')).slice(-LAST_WORDS);
    });
    // A pipe that nobody reads would fill up and stop the engine.
    child.stdout?.resume();
    return {
      send: (message) => child.postMessage(message),
      onMessage: (listener) => child.on('message', listener),
      onExit(listener) {
        child.once('exit', (code) => listener(exitOf(code, killed, lastWords.trim())));
      },
      kill() {
        killed = true;
        // A model run blocks its thread; SIGTERM alone would wait for its end.
        const { pid } = child;
        child.kill();
        if (pid !== undefined) killHard(pid);
      },
    } satisfies EngineProcess;
  };
}

function exitOf(code: number, killed: boolean, lastWords: string): ProcessExit {
  return killed ? { code: null, signal: 'SIGKILL', lastWords } : { code, signal: null, lastWords };
}

function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
