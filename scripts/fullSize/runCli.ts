import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MemoryWatch } from './watchMemory.ts';

const index = fileURLToPath(new URL('../../main/cli/index.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly seconds: number;
  /** Peak anonymous memory of the process of its family that took most. */
  readonly peakMiB: number;
}

/**
 * Runs a command of the command line as a user would, with its memory watched.
 *
 * @param home where the model library keeps things
 */
export function runCli(args: readonly string[], home: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, ['--import', 'tsx', index, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ISAC_STUDIO_HOME: home },
    });
    const watch = new MemoryWatch(child.pid ?? 0);
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => {
      const peakMiB = watch.take();
      watch.end();
      resolve({ code, out, err, seconds: (performance.now() - start) / 1000, peakMiB });
    });
  });
}
