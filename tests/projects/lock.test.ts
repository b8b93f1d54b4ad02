import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { writeFileAtomic } from '../../main/projects/atomicFile.ts';
import { lockHolder, lockProject, LOCK_NAME, ProjectLockedError } from '../../main/projects/lock.ts';
import { processStart } from '../../main/projects/lockFile.ts';
import { Project } from '../../main/projects/projectStore.ts';
import { options, sampleDocument, temporaryFolders } from './samples.ts';
import { spawnChild } from './spawnChild.ts';

const folder = temporaryFolders();
const holder = { processStart: '', host: hostname(), token: 'other', taken: '2026-11-01T10:00:00.000Z' };

describe('lockProject', () => {
  it('lets one in, in this process too, and the next one after release', async () => {
    const place = folder();
    const lock = await lockProject(place);
    expect(lock.replaced).toBeNull();
    await expect(lockProject(place)).rejects.toThrow(
      /is already open in another window since 20.*open it here anyway/,
    );
    await lock.release();
    expect(existsSync(join(place, LOCK_NAME))).toBe(false);
    await (await lockProject(place)).release();
  });

  it('lets exactly one of many in', async () => {
    const place = folder();
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockProject(place)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('lets exactly one of many take over a dead lock, round after round', async () => {
    for (let round = 0; round < 25; round++) {
      const place = folder();
      writeFileSync(join(place, LOCK_NAME), JSON.stringify({ ...holder, pid: 2 ** 22 + 7 }));
      const late = async (wait: number): ReturnType<typeof lockProject> => {
        await new Promise((resolve) => setTimeout(resolve, wait));
        return lockProject(place);
      };
      const results = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => late(index % 4)));
      const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      const held = await Promise.all(locks.map((lock) => lock.isHeld()));
      expect(held).toEqual([true]);
    }
  });

  it('notices a living process and takes over from a dead one', async () => {
    const path = join(folder(), 'Twice.isac');
    await (await Project.create(path, sampleDocument(), options)).close();
    const child = spawnChild('holdLock.ts', path);
    await child.line();
    const refused = await Project.open(path, options).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ProjectLockedError);
    expect((refused as ProjectLockedError).holder.pid).toBe(child.process.pid);
    expect((refused as Error).message).toContain(`in another ISAC Studio (process ${child.process.pid})`);
    expect((await lockHolder(path))?.pid).toBe(child.process.pid);
    child.process.kill('SIGKILL');
    await child.ended;
    expect(await lockHolder(path)).toBeNull();
    const project = await Project.open(path, options);
    expect((await project.view()).recovered).toBe(true);
    await project.close();
    const again = await Project.open(path, options);
    expect((await again.view()).recovered).toBe(false);
    await again.close();
  });

  it('opens anyway when told to, and the first then refuses to write over it', async () => {
    const path = join(folder(), 'Forced.isac');
    const first = await Project.create(path, sampleDocument(), options);
    const second = await Project.open(path, { ...options, force: true });
    first.update({ ...sampleDocument(), negative: 'from the first' });
    await expect(first.flush()).rejects.toThrow(/was opened by another program meanwhile/);
    second.update({ ...sampleDocument(), negative: 'from the second' });
    await second.close();
    // What the first held is not lost: it can be saved elsewhere.
    const elsewhere = join(path, '..', 'Rescued.isac');
    await first.saveAs(elsewhere);
    await first.close();
    expect(readFileSync(join(elsewhere, 'project.json'), 'utf8')).toContain('from the first');
    expect(readFileSync(join(path, 'project.json'), 'utf8')).toContain('from the second');
  });

  it.runIf(process.platform === 'linux')(
    'is not fooled by a pid that belongs to another process now',
    async () => {
      const place = folder();
      const start = await processStart(process.ppid);
      expect(start).toMatch(/^[0-9a-f-]{36} \d+$/);
      writeFileSync(
        join(place, LOCK_NAME),
        JSON.stringify({ ...holder, pid: process.ppid, processStart: start }),
      );
      await expect(lockProject(place)).rejects.toThrow(ProjectLockedError);
      const earlier = String(start).replace(/\d+$/, '1');
      writeFileSync(
        join(place, LOCK_NAME),
        JSON.stringify({ ...holder, pid: process.ppid, processStart: earlier }),
      );
      const lock = await lockProject(place);
      expect(lock.replaced?.token).toBe('other');
      await lock.release();
    },
  );

  it('respects a lock from another computer', async () => {
    const place = folder();
    writeFileSync(join(place, LOCK_NAME), JSON.stringify({ ...holder, pid: 1, host: 'another-host' }));
    await expect(lockProject(place)).rejects.toThrow(/on the computer "another-host"/);
    await (await lockProject(place, { force: true })).release();
  });

  it('takes over a lock of another computer that has shown no life for two minutes', async () => {
    const place = folder();
    const path = join(place, LOCK_NAME);
    writeFileSync(
      path,
      JSON.stringify({ ...holder, pid: process.pid, host: 'this-computer-under-its-earlier-name' }),
    );
    const stamped = (secondsAgo: number): void => {
      const at = new Date(Date.now() - 1000 * secondsAgo);
      utimesSync(path, at, at);
    };
    stamped(60);
    await expect(lockProject(place)).rejects.toThrow(ProjectLockedError);
    expect((await lockHolder(place))?.token).toBe('other');
    stamped(200);
    expect(await lockHolder(place)).toBeNull();
    const lock = await lockProject(place);
    expect(lock.replaced?.token).toBe('other');
    expect(await lock.isHeld()).toBe(true);
    await lock.release();
    expect(readdirSync(place)).toEqual([]);
  });

  it('stamps the lock that it holds again and again, without changing it', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const place = folder();
      const path = join(place, LOCK_NAME);
      const lock = await lockProject(place);
      const text = readFileSync(path, 'utf8');
      const old = new Date(Date.now() - 600_000);
      utimesSync(path, old, old);
      vi.advanceTimersByTime(60_000);
      await vi.waitFor(() => expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000));
      expect(readFileSync(path, 'utf8')).toBe(text);
      await lock.release();
      // Nobody stamps what somebody else has taken.
      writeFileSync(path, JSON.stringify(holder));
      utimesSync(path, old, old);
      vi.advanceTimersByTime(60_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(Math.abs(statSync(path).mtimeMs - old.getTime())).toBeLessThan(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each(['', '{"pid":', '[]', '\u0000'])(
    'takes over an old lock file that cannot be read: %j',
    async (text) => {
      const place = folder();
      writeFileSync(join(place, LOCK_NAME), text);
      const old = new Date(Date.now() - 60_000);
      utimesSync(join(place, LOCK_NAME), old, old);
      const lock = await lockProject(place);
      expect(await lock.isHeld()).toBe(true);
      await lock.release();
    },
  );

  it('gets over a guard that a killed process left', async () => {
    const place = folder();
    writeFileSync(join(place, LOCK_NAME), JSON.stringify({ ...holder, pid: 2 ** 22 + 7 }));
    writeFileSync(join(place, `${LOCK_NAME}.removing`), JSON.stringify({ ...holder, pid: 2 ** 22 + 7 }));
    const lock = await lockProject(place);
    expect(lock.replaced?.token).toBe('other');
    await lock.release();
    expect(readdirSync(place)).toEqual([]);
  });

  it('works, with atomic writes and backups, on a file system without hard links', async () => {
    const { link } = fsPromises;
    let refused = 0;
    fsPromises.link = async () => {
      refused += 1;
      throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
    };
    syncBuiltinESMExports();
    try {
      const place = folder();
      const lock = await lockProject(place);
      await expect(lockProject(place)).rejects.toThrow(ProjectLockedError);
      for (const text of ['one', 'two']) await writeFileAtomic(join(place, 'f'), text, { backup: true });
      expect([readFileSync(join(place, 'f'), 'utf8'), readFileSync(join(place, 'f.bak'), 'utf8')]).toEqual([
        'two',
        'one',
      ]);
      await lock.release();
      expect(readdirSync(place).sort()).toEqual(['f', 'f.bak']);
      expect(refused).toBeGreaterThanOrEqual(3);
    } finally {
      fsPromises.link = link;
      syncBuiltinESMExports();
    }
  });
});
