import { constants } from 'node:os';
import type { UtilityProcess } from 'electron';
import { neededEnvironment } from '../host/neededEnvironment.ts';
import type { EngineProcess, ProcessExit, Spawner } from '../host/spawner.ts';

/** As much of stderr as is kept to explain a crash. */
const LAST_WORDS = 4000;
/** How long after the end of a process its last words may still come. */
const LAST_WORDS_MS = 200;

/** Signals that mean a crash or a kill; lower numbers are more likely exit codes. */
const ENDING_SIGNALS = [
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGKILL',
  'SIGSEGV',
  'SIGTERM',
] as const;

type Fork = (
  entry: string,
  args: string[],
  options: { env: Record<string, string>; stdio: 'pipe'; serviceName: string },
) => UtilityProcess;

/**
 * Starts engine processes as Electron's utility processes: they run Node without letting the app's binary be used as
 * Node (the fuse for that is off).
 *
 * @param env added to what an engine needs of this process's environment, asked for at every start
 */
export function utilitySpawner(
  fork: Fork,
  entry: string,
  env: () => Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Spawner {
  return () => {
    const child = fork(entry, [...args], {
      env: { ...neededEnvironment(), ...env() },
      stdio: 'pipe',
      serviceName: 'ISAC Studio engine',
    });
    let lastWords = '';
    let killed = false;
    let ended = false;
    const exitListeners: ((exit: ProcessExit) => void)[] = [];
    const note = (chunk: Buffer): void => {
      lastWords = (lastWords + chunk.toString('utf8')).slice(-LAST_WORDS);
    };
    const { stderr } = child;
    stderr?.on('data', note);
    // A pipe that nobody reads would fill up and stop the engine.
    child.stdout?.resume();
    // V8's fatal errors are an `error` event, which without a listener would end the studio; `exit` follows.
    child.on('error', (type, location) => note(Buffer.from(`\n${type}: ${location}\n`)));
    child.once('exit', (code) => {
      // Electron's wrapper is half torn down while it tells (a message sent now takes the studio down with it), and it
      // lets go of stderr, of which the last may still come.
      ended = true;
      setImmediate(() => {
        stderr?.on('data', note);
        setTimeout(() => {
          const exit = exitOf(code, killed, lastWords.trim());
          for (const listener of exitListeners) listener(exit);
        }, LAST_WORDS_MS);
      });
    });
    const end = (): void => {
      // A model run blocks its thread; SIGTERM alone would wait for its end.
      const { pid } = child;
      child.kill();
      if (pid !== undefined) killHard(pid);
    };
    // Before it is there, there is nothing to kill.
    child.once('spawn', () => {
      if (killed) end();
    });
    return {
      send(message) {
        if (!ended) child.postMessage(message);
      },
      onMessage: (listener) => child.on('message', listener),
      onSign: (listener) => child.stdout?.on('data', listener),
      onExit: (listener) => exitListeners.push(listener),
      kill() {
        killed = true;
        if (!ended) end();
      },
    } satisfies EngineProcess;
  };
}

/**
 * Electron passes on what it was told: an exit code by the process itself, else what waitpid said, which has a signal in
 * the low seven bits and an exit code in the byte above (Windows: the code as it is).
 */
function exitOf(code: number, killed: boolean, lastWords: string): ProcessExit {
  if (killed) return { code: null, signal: 'SIGKILL', lastWords };
  if (process.platform === 'win32') return { code, signal: null, lastWords };
  const signal = ENDING_SIGNALS.find((name) => constants.signals[name] === (code & 0x7f));
  if (signal !== undefined && code < 0x100) return { code: null, signal, lastWords };
  return { code: code >= 0x100 ? (code >> 8) & 0xff : code, signal: null, lastWords };
}

function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
