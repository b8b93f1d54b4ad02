import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { appRoot } from '../../../main/host/appRoot.ts';

/** The web mode as a user starts it, with a data folder of its own. */
export class StudioServer {
  readonly data: string;
  url = '';
  #process: ChildProcess | null = null;
  #output = '';
  #port = '0';

  constructor(data = mkdtempSync(join(tmpdir(), 'isac-studio-e2e-'))) {
    this.data = data;
  }

  async start(): Promise<void> {
    // Started again it is at the same address, as for its users.
    const port = this.#port;
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const child = spawn(
      process.execPath,
      ['--import', tsx, join(appRoot(), 'main', 'web', 'index.ts'), '--port', port],
      {
        env: { ...process.env, ISAC_STUDIO_DATA: this.data, ISAC_STUDIO_HOME: this.data },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#process = child;
    this.#output = '';
    this.url = '';
    this.url = await new Promise<string>((resolve, reject) => {
      const take = (chunk: Buffer): void => {
        this.#output += chunk.toString();
        // Each address works once; the one that was printed last is good.
        const found = this.#output.match(/http:\/\/\S+token=\S+/g)?.at(-1);
        if (found === undefined) return;
        this.url = found;
        resolve(found);
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.on('exit', (code, signal) => {
        const problem = `The web mode ended with ${code ?? signal}:\n${this.#output}`;
        if (this.url !== '') console.error(problem);
        reject(new Error(problem));
      });
    });
    this.#port = new URL(this.url).port;
  }

  /** Everything it has printed. */
  get output(): string {
    return this.#output;
  }

  /** Process ids of the engines that this server runs. */
  engines(): number[] {
    const parent = this.#process?.pid;
    return execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
      .filter((match) => match !== null && Number(match[2]) === parent && /engineChild/.test(match[3] ?? ''))
      .map((match) => Number(match?.[1]));
  }

  /** As a crash or a power cut: nothing is told. */
  async kill(): Promise<void> {
    const engines = this.engines();
    await this.#end('SIGKILL');
    for (const pid of engines) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It noticed by itself.
      }
    }
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.data, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null) return;
    child.removeAllListeners('exit');
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }
}
