import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Child {
  process: ChildProcess;
  output: () => string;
  /** Resolves when the output has a line. @throws when the child ends before */
  line: () => Promise<string>;
  /** Resolves with the signal that ended it, or null. */
  ended: Promise<NodeJS.Signals | null>;
}

/** Runs one of the TypeScript files in children/ in a Node process of its own. */
export function spawnChild(name: string, ...args: string[]): Child {
  const script = fileURLToPath(new URL(`children/${name}`, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const ended = once(child, 'close').then(([, signal]) => signal as NodeJS.Signals | null);
  const line = async (): Promise<string> => {
    let over = false;
    void ended.then(() => (over = true));
    while (!output.includes('\n')) {
      if (over) throw new Error(`${name} ended early: ${errors}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return output.split('\n')[0] ?? '';
  };
  return { process: child, output: () => output, line, ended };
}
