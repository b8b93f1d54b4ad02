import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { UserError } from '../../main/engine/errors.ts';
import { codeOf } from '../../main/projects/fileErrors.ts';
import { startTypeScript } from '../../main/reader/readerEntry.ts';
import { READER_LIMITS, ThreadPool, type ThreadLimits } from '../../main/reader/threadPool.ts';

const pools: ThreadPool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

function poolWith(limits: Partial<ThreadLimits> = {}): ThreadPool {
  const file = join(import.meta.dirname, 'children', 'hostileTasks.ts');
  const pool = new ThreadPool((options) => startTypeScript(file, options), { ...READER_LIMITS, ...limits });
  pools.push(pool);
  return pool;
}

async function thrown(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error(`Nothing was thrown but ${String(error)}.`);
}

const about = 'a.json';

describe('threads that read', () => {
  it('answer with values and bytes, and tell errors as they were thrown', async () => {
    const pool = poolWith();
    expect(await pool.run('echo', { a: [1, new Map([['b', 2]])] }, { about })).toEqual({
      a: [1, new Map([['b', 2]])],
    });
    expect(await pool.run('bytes', {}, { about })).toEqual({ png: new Uint8Array(1000).fill(7) });
    const refused = await thrown(pool.run('refuse', {}, { about }));
    expect(refused).toBeInstanceOf(UserError);
    expect(refused).toMatchObject({ sentence: { id: 'project.gone', values: { path: '/a' } } });
    const full = await thrown(pool.run('full', {}, { about }));
    expect(full).not.toBeInstanceOf(UserError);
    expect(codeOf(full)).toBe('ENOSPC');
  });

  it('are ended when they are stuck, and the next task gets another one', async () => {
    const pool = poolWith({ threads: 1, silenceMs: 1500 });
    const stuck = pool.run('spin', {}, { about });
    const next = pool.run('echo', 5, { about });
    const error = await thrown(stuck);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe(
      'a.json: reading it takes more than 2 s, and was stopped; it is damaged or made to do harm.',
    );
    expect(await next).toBe(5);
  });

  it('are ended when a task takes too long though its thread is not stuck', async () => {
    const error = await thrown(poolWith().run('wait', {}, { about, totalMs: 2000 }));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/^a\.json: reading it takes more than 2 s/);
  });

  it('may take longer than their silence as long as they are not stuck', async () => {
    const pool = poolWith({ silenceMs: 1500 });
    const waiting = pool.run('wait', {}, { about, totalMs: 6000 });
    expect((await thrown(waiting)).message).toMatch(/more than 6 s/);
  });

  it('are ended over their memory, and this process goes on', async () => {
    const pool = poolWith({ threads: 1, heapMiB: 48 });
    const error = await thrown(pool.run('fill', {}, { about }));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/^a\.json: reading it takes more than 48 MiB of memory, and was stopped/);
    expect(await pool.run('echo', 6, { about })).toBe(6);
  });

  it('that end by themselves are told of, and replaced', async () => {
    const pool = poolWith({ threads: 1 });
    expect((await thrown(pool.run('crash', {}, { about }))).message).toBe(
      'a.json: reading it failed (outside of any promise).',
    );
    expect(await pool.run('echo', 7, { about })).toBe(7);
  });

  it('work beside each other: a large archive does not hold up a project', async () => {
    const pool = poolWith({ threads: 2 });
    const long = pool.run('wait', {}, { about, totalMs: 20_000 });
    long.catch(() => undefined);
    expect(await pool.run('echo', 8, { about })).toBe(8);
    await pool.close();
    await expect(long).rejects.toThrow();
  });
});
