import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import {
  EngineHost,
  type EngineHostOptions,
  type Outcome,
  type Progress,
} from '../../main/host/engineProcess.ts';
import { forkSpawner } from '../../main/host/forkSpawner.ts';
import type { EngineProcess, ProcessExit } from '../../main/host/spawner.ts';
import { request } from './request.ts';

const scripted = fileURLToPath(new URL('./scriptedChild.ts', import.meta.url));
const hosts: EngineHost[] = [];

function host(env: Record<string, string> = {}, options: Partial<EngineHostOptions> = {}): EngineHost {
  const made = new EngineHost({ spawner: forkSpawner(scripted, env), graceMs: 300, ...options });
  hosts.push(made);
  return made;
}

afterEach(() => {
  for (const each of hosts.splice(0)) each.close();
});

let count = 0;
function run(
  engine: EngineHost,
  script: string,
  onProgress: (event: Progress) => void = () => undefined,
): Promise<Outcome> {
  return engine.run(`job-${++count}`, request(script), { preview: false, onProgress });
}

describe('the engine in its own process', () => {
  it('runs jobs one after the other in one process and tells their progress', async () => {
    const engine = host();
    const seen: Progress[] = [];
    expect(await run(engine, 'plain', (event) => seen.push(event))).toMatchObject({
      type: 'done',
      result: { versions: { jobs: '1' }, request: request('plain') },
    });
    expect(seen.map((event) => (event.type === 'step' ? event.step : event.stage))).toEqual([
      'sampling',
      1,
      2,
      3,
    ]);
    expect(await run(engine, 'plain')).toMatchObject({ type: 'done', result: { versions: { jobs: '2' } } });
    expect(engine.versions).toMatchObject({ scripted: '1' });
  });

  it('tells whose fault a failure is and goes on in the same process', async () => {
    const engine = host();
    expect(await run(engine, 'user')).toMatchObject({
      type: 'failed',
      fault: 'user',
      message: 'The size 65 x 64 is not possible.',
    });
    expect(await run(engine, 'engine')).toMatchObject({
      type: 'failed',
      fault: 'engine',
      message: expect.stringMatching(/^Out of memory \(Failed to allocate.*try a smaller image/) as string,
    });
    expect(await run(engine, 'plain')).toMatchObject({ type: 'done', result: { versions: { jobs: '3' } } });
  });

  it('gives up a process that lost its device, and one that is to rest', async () => {
    const engine = host();
    expect(await run(engine, 'lost')).toMatchObject({
      fault: 'engine',
      message: expect.stringMatching(
        /^The device was lost .*try a smaller image.*starts it anew\.$/,
      ) as string,
    });
    expect(await run(engine, 'plain')).toMatchObject({ type: 'done', result: { versions: { jobs: '1' } } });
    const running = run(engine, 'plain');
    // Busy, it does not rest.
    engine.rest();
    expect(await running).toMatchObject({ type: 'done', result: { versions: { jobs: '2' } } });
    engine.rest();
    expect(await run(engine, 'plain')).toMatchObject({ type: 'done', result: { versions: { jobs: '1' } } });
  });

  it('cancels between two model runs', async () => {
    const engine = host();
    const outcome = await run(engine, 'slow', (event) => {
      if (event.type === 'step' && event.step === 1) engine.cancel(event.jobId);
    });
    expect(outcome.type).toBe('cancelled');
    // The process obeyed, so it is kept.
    expect(await run(engine, 'plain')).toMatchObject({ type: 'done', result: { versions: { jobs: '2' } } });
  });

  it('kills a process that does not obey, and starts a fresh one', async () => {
    const engine = host();
    const start = performance.now();
    const outcome = await run(engine, 'deaf', (event) => setTimeout(() => engine.cancel(event.jobId), 50));
    expect(outcome.type).toBe('cancelled');
    expect(performance.now() - start).toBeLessThan(30_000);
    expect(await run(engine, 'plain')).toMatchObject({ type: 'done', result: { versions: { jobs: '1' } } });
  });

  it.each([
    ['abort', /^The engine process crashed \(SIGABRT\) in the middle of its work/],
    [
      'killed',
      /^The engine process was killed by the system in the middle of its work, most likely for want of memory/,
    ],
    ['exit', /^The engine process ended by itself in the middle of its work \(exit code 7\)\.$/],
    ['garbage', /^The engine process sent a message that is not understood/],
  ])('says in one sentence what happened: %s', async (script, message) => {
    const engine = host();
    const outcome = await run(engine, script);
    expect(outcome).toMatchObject({
      type: 'failed',
      fault: 'engine',
      message: expect.stringMatching(message) as string,
    });
    expect(await run(engine, 'plain')).toMatchObject({ type: 'done', result: { versions: { jobs: '1' } } });
  });

  it('says why a process did not start', async () => {
    const engine = host({ SCRIPTED_ON_LOAD: 'exit' });
    expect(await run(engine, 'plain')).toMatchObject({
      type: 'failed',
      message:
        'The engine process ended by itself while it started (exit code 3): Error: cannot find the addon.',
    });
  });

  it('gives up on a process that hangs while it starts, and cancels one that does', async () => {
    const engine = host({ SCRIPTED_ON_LOAD: 'hang' }, { startMs: 1500 });
    expect(await run(engine, 'plain')).toMatchObject({
      type: 'failed',
      message: expect.stringMatching(/did not start within 1.5 s/) as string,
    });
    const waiting = engine.run('late', request('plain'), { preview: false, onProgress: () => undefined });
    engine.cancel('late');
    expect((await waiting).type).toBe('cancelled');
  });

  it('ends a running job when it is closed', async () => {
    const engine = host();
    const outcome = run(engine, 'deaf', () => engine.close());
    expect((await outcome).type).toBe('cancelled');
  });

  it('refuses a second job at the same time', () => {
    const engine = host();
    void run(engine, 'plain');
    expect(() => run(engine, 'plain')).toThrow(/still running/);
  });
});

/** A process in this process, to say anything at any time. */
class FakeProcess implements EngineProcess {
  readonly sent: unknown[] = [];
  killed = false;
  say: (message: unknown) => void = () => undefined;
  exit: (exit: ProcessExit) => void = () => undefined;
  send(message: unknown): void {
    this.sent.push(message);
  }
  onMessage(listener: (message: unknown) => void): void {
    this.say = listener;
  }
  onExit(listener: (exit: ProcessExit) => void): void {
    this.exit = listener;
  }
  kill(): void {
    this.killed = true;
  }
}

describe('the host', () => {
  it('waits longer after each failure in a row and not after a job that ended well', async () => {
    const made: FakeProcess[] = [];
    const waits: number[] = [];
    const engine = new EngineHost({
      spawner: () => {
        const process = new FakeProcess();
        made.push(process);
        return process;
      },
      backoffMs: (failures) => {
        waits.push(failures);
        return 1;
      },
    });
    const next = async (end: (process: FakeProcess, jobId: string) => void): Promise<Outcome> => {
      const before = made.length;
      const outcome = run(engine, 'plain');
      while (made.length === before) await new Promise((resolve) => setTimeout(resolve, 2));
      const process = made.at(-1) ?? new FakeProcess();
      process.say({ type: 'ready', versions: {} });
      await new Promise((resolve) => setTimeout(resolve, 2));
      expect(process.sent).toHaveLength(1);
      end(process, `job-${count}`);
      return outcome;
    };
    const crash = (process: FakeProcess, jobId: string): void => {
      process.say({ type: 'stage', jobId, stage: 'loading' });
      process.exit({ code: 139, signal: null, lastWords: '' });
    };
    expect(await next(crash)).toMatchObject({
      message: 'The engine process crashed (SIGSEGV) in the middle of its work.',
    });
    await next(crash);
    await next((process, jobId) => {
      process.say({ type: 'cancelled', jobId: 'of another time' });
      process.say({ type: 'cancelled', jobId });
      process.exit({ code: 139, signal: null, lastWords: '' });
    });
    await next(crash);
    expect(waits).toEqual([1, 2, 1]);
    expect(made.every(({ killed }) => killed)).toBe(true);
    engine.close();
  });
});

describe('a question to the engine', () => {
  const question = (...phrases: string[]): Parameters<EngineHost['embed']>[0] => ({
    model: 'scripted',
    device: 'auto',
    phrases,
  });

  it('starts the process and is answered while there is nothing else to do', async () => {
    const engine = host();
    expect(await engine.embed(question('dog', 'sheep'))).toEqual([
      [3, 1],
      [5, 1],
    ]);
    // The same process serves the job.
    const pid = engine.versions?.['pid'];
    expect(await run(engine, 'plain')).toMatchObject({ type: 'done' });
    expect(engine.versions?.['pid']).toBe(pid);
  });

  it('gives way to a job at once', async () => {
    const engine = host();
    await engine.embed(question('dog'));
    const answer = engine.embed(question('slow'));
    const start = performance.now();
    const outcome = run(engine, 'plain');
    expect(await answer).toBeNull();
    expect(await outcome).toMatchObject({ type: 'done' });
    // It would have taken ten seconds.
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('is not asked while a job runs, and a job waits for the process that a question has started', async () => {
    const engine = host();
    const early = engine.embed(question('dog'));
    const outcome = run(engine, 'plain');
    expect(await early).toBeNull();
    expect(await engine.embed(question('dog'))).toBeNull();
    expect(await outcome).toMatchObject({ type: 'done', result: { versions: { jobs: '1' } } });
    expect(await engine.embed(question('dog'))).toEqual([[3, 1]]);
  });

  it('that the process dies of is not asked again before a job has ended well', async () => {
    const engine = host();
    expect(await engine.embed(question('die'))).toBeNull();
    expect(await engine.embed(question('dog'))).toBeNull();
    expect(await run(engine, 'plain')).toMatchObject({ type: 'done' });
    expect(await engine.embed(question('dog'))).toEqual([[3, 1]]);
  });
});

describe.runIf(process.platform !== 'win32')('an engine that is stopped', () => {
  const stop = (engine: EngineHost, signal: NodeJS.Signals): void => {
    process.kill(Number(engine.versions?.['pid']), signal);
  };

  it('in the middle of a job is told, is told to be back, and ends at once when it is cancelled', async () => {
    const told: boolean[] = [];
    const engine = host({}, { silentMs: 3000, graceMs: 600_000, onSilence: (silent) => told.push(silent) });
    let id = '';
    const outcome = run(engine, 'slow', (event) => {
      if (id === '') stop(engine, 'SIGSTOP');
      id = event.jobId;
    });
    await expect.poll(() => told, { timeout: 20_000 }).toEqual([true]);
    stop(engine, 'SIGCONT');
    await expect.poll(() => told, { timeout: 20_000 }).toEqual([true, false]);
    stop(engine, 'SIGSTOP');
    await expect.poll(() => told, { timeout: 20_000 }).toEqual([true, false, true]);
    engine.cancel(id);
    expect((await outcome).type).toBe('cancelled');
    expect(await run(engine, 'plain')).toMatchObject({ type: 'done', result: { versions: { jobs: '1' } } });
    expect(told).toEqual([true, false, true, false]);
  });

  it('is not taken for one while a model run blocks its thread', async () => {
    const told: boolean[] = [];
    const engine = host({}, { silentMs: 6000, onSilence: (silent) => told.push(silent) });
    // Three steps of 1.5 s, then the default silence of a loaded machine is still not reached.
    expect((await run(engine, 'busy')).type).toBe('done');
    expect(told).toEqual([]);
  });

  it('between two jobs does not get the next one: a fresh process does', async () => {
    const engine = host({}, { pingMs: 2000 });
    expect((await run(engine, 'plain')).type).toBe('done');
    const pid = engine.versions?.['pid'];
    stop(engine, 'SIGSTOP');
    expect(await run(engine, 'plain')).toMatchObject({ type: 'done', result: { versions: { jobs: '1' } } });
    expect(engine.versions?.['pid']).not.toBe(pid);
  });

  it('and killed between two jobs costs the next one nothing either', async () => {
    const engine = host();
    expect((await run(engine, 'plain')).type).toBe('done');
    stop(engine, 'SIGKILL');
    expect(await run(engine, 'plain')).toMatchObject({ type: 'done', result: { versions: { jobs: '1' } } });
  });
});

describe('an engine that dies just as a job is sent', () => {
  /** A process that is ready at once and dies of jobs. */
  const spawning = (deaths: number): { engine: EngineHost; made: FakeProcess[] } => {
    const made: FakeProcess[] = [];
    const engine = new EngineHost({
      spawner: () => {
        const process = new FakeProcess();
        made.push(process);
        setTimeout(() => process.say({ type: 'ready', versions: {} }), 1);
        process.send = (message) => {
          process.sent.push(message);
          if (made.length <= deaths) process.exit({ code: null, signal: 'SIGKILL', lastWords: '' });
          else process.say({ type: 'cancelled', jobId: `job-${count}` });
        };
        return process;
      },
    });
    hosts.push(engine);
    return { engine, made };
  };

  it('is replaced once, and the job is run', async () => {
    const { engine, made } = spawning(1);
    expect((await run(engine, 'plain')).type).toBe('cancelled');
    expect(made.map(({ sent }) => sent.length)).toEqual([1, 1]);
    expect(made[1]?.sent).toEqual(made[0]?.sent);
  });

  it('is not replaced a second time', async () => {
    const { engine, made } = spawning(9);
    expect(await run(engine, 'plain')).toMatchObject({
      type: 'failed',
      message: expect.stringMatching(/^The engine process was killed by the system/) as string,
    });
    expect(made).toHaveLength(2);
  });
});
