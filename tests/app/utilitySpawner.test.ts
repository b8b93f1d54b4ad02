import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { UtilityProcess } from 'electron';
import { describe, expect, it, vi } from 'vitest';
import { utilitySpawner } from '../../main/app/utilitySpawner.ts';
import type { EngineProcess, ProcessExit } from '../../main/host/spawner.ts';

/** A utility process as Electron 40 behaves (lib/browser/api/utility-process.ts). */
class FakeUtility extends EventEmitter {
  pid: number | undefined = undefined;
  stdout = new PassThrough();
  stderr = new PassThrough();
  torn = false;
  readonly kill = vi.fn(() => this.pid !== undefined);
  readonly postMessage = vi.fn(() => {
    if (this.torn) throw new Error('A null pointer of Electron was used.');
  });

  spawn(pid: number): void {
    this.pid = pid;
    this.emit('spawn');
  }

  /** Its wrapper is torn down before listeners hear of the end, and its pipes are let go after them. */
  exit(code: number): void {
    this.pid = undefined;
    this.torn = true;
    this.emit('exit', code);
    this.stderr.removeAllListeners();
  }
}

function start(): { child: FakeUtility; engine: EngineProcess } {
  const child = new FakeUtility();
  const engine = utilitySpawner(
    () => child as unknown as UtilityProcess,
    'engineChild.js',
    () => ({}),
  )();
  return { child, engine };
}

async function exitOf(code: number): Promise<ProcessExit> {
  const { child, engine } = start();
  const ended = new Promise<ProcessExit>((resolve) => engine.onExit(resolve));
  child.spawn(1);
  child.exit(code);
  return ended;
}

describe('the engine as a utility process', () => {
  it('gets the environment it needs, and no secret of the user', () => {
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    vi.stubEnv('LC_ALL', 'C.UTF-8');
    let given: Record<string, string> = {};
    utilitySpawner(
      (_, __, { env }) => {
        given = env;
        return new FakeUtility() as unknown as UtilityProcess;
      },
      'engineChild.js',
      () => ({ GLIBC_TUNABLES: 'x' }),
    )();
    vi.unstubAllEnvs();
    expect(given).toMatchObject({ LC_ALL: 'C.UTF-8', GLIBC_TUNABLES: 'x', PATH: process.env['PATH'] });
    expect(JSON.stringify(given)).not.toContain('hf_secret');
  });

  it.skipIf(process.platform === 'win32').each([
    [9, { code: null, signal: 'SIGKILL' }],
    [11, { code: null, signal: 'SIGSEGV' }],
    // With a core dump.
    [139, { code: null, signal: 'SIGSEGV' }],
    [134, { code: null, signal: 'SIGABRT' }],
    [0, { code: 0, signal: null }],
    [1, { code: 1, signal: null }],
    [3 << 8, { code: 3, signal: null }],
  ])('reads the %i of waitpid', async (status, exit) => {
    expect(await exitOf(status)).toEqual({ ...exit, lastWords: '' });
  });

  it('hears the last words that come after the end', async () => {
    const { child, engine } = start();
    const ended = new Promise<ProcessExit>((resolve) => engine.onExit(resolve));
    child.spawn(1);
    child.stderr.write('Error: no such ');
    child.exit(1);
    setImmediate(() => child.stderr.write('addon.\n'));
    expect(await ended).toEqual({ code: 1, signal: null, lastWords: 'Error: no such addon.' });
  });

  it('takes V8’s fatal errors for last words, not for an error of the studio', async () => {
    const { child, engine } = start();
    const ended = new Promise<ProcessExit>((resolve) => engine.onExit(resolve));
    child.spawn(1);
    child.emit('error', 'FatalError', 'JavaScript heap out of memory', 'report');
    child.exit(6);
    expect((await ended).lastWords).toContain('heap out of memory');
  });

  it('sends nothing to a process that has ended', () => {
    const { child, engine } = start();
    child.spawn(1);
    child.once('exit', () => engine.send({ type: 'unload' }));
    child.exit(9);
    engine.send({ type: 'unload' });
    expect(child.postMessage).not.toHaveBeenCalled();
  });

  it('kills a process that was not there yet when it was to be killed', () => {
    const { child, engine } = start();
    const hard = vi.spyOn(process, 'kill').mockReturnValue(true);
    engine.kill();
    expect(child.kill).toHaveReturnedWith(false);
    child.spawn(4711);
    expect(child.kill).toHaveLastReturnedWith(true);
    expect(hard).toHaveBeenCalledWith(4711, 'SIGKILL');
    hard.mockRestore();
  });
});
