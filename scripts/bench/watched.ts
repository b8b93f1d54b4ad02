import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Watched {
  readonly output: string;
  readonly wallSeconds: number;
  /** Largest anonymous and largest whole resident memory, MiB; null where /proc does not tell. */
  readonly anonymousMiB: number | null;
  readonly residentMiB: number | null;
}

/** Runs a command and watches its memory from outside: a model run blocks its own event loop. */
export function runWatched(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Watched> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    let [anonymous, resident] = [0, 0];
    const timer = setInterval(() => {
      const status = child.pid === undefined ? '' : read(`/proc/${child.pid}/status`);
      anonymous = Math.max(anonymous, mebibytes(status, 'RssAnon'));
      resident = Math.max(resident, mebibytes(status, 'VmHWM'));
    }, 50);
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      const wallSeconds = (performance.now() - start) / 1000;
      if (code !== 0) reject(new Error(`${command} ${args.join(' ')} ended with ${code}`));
      else resolve({ output, wallSeconds, anonymousMiB: anonymous || null, residentMiB: resident || null });
    });
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const mebibytes = (status: string, key: string): number =>
  Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
