import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { accessKey, accessKeyPath } from '../../main/web/accessKey.ts';

let data: string;

beforeEach(() => {
  data = join(mkdtempSync(join(tmpdir(), 'isac-key-')), 'not', 'made', 'yet');
});

afterEach(() => rmSync(join(data, '..', '..', '..'), { recursive: true, force: true }));

it('stays the same from start to start', async () => {
  const key = await accessKey(data);
  expect(Buffer.from(key, 'base64url')).toHaveLength(32);
  expect(await accessKey(data)).toBe(key);
  expect(readFileSync(accessKeyPath(data), 'utf8').trim()).toBe(key);
});

it.skipIf(process.platform === 'win32').each([0o000, 0o077, 0o277])(
  'is in a file that only the user can read, whatever the mask (%o)',
  async (mask) => {
    await accessKey(data);
    rmSync(accessKeyPath(data));
    const before = process.umask(mask);
    try {
      await accessKey(data);
    } finally {
      process.umask(before);
    }
    expect(statSync(accessKeyPath(data)).mode & 0o777).toBe(0o600);
  },
);

it('is another one by command, for good', async () => {
  const old = await accessKey(data);
  const next = await accessKey(data, { replace: true });
  expect(next).not.toBe(old);
  expect(await accessKey(data)).toBe(next);
});

it.skipIf(process.platform === 'win32').each([0o640, 0o604, 0o666])(
  'is replaced when others could read it (%o)',
  async (mode) => {
    const old = await accessKey(data);
    chmodSync(accessKeyPath(data), mode);
    expect(await accessKey(data)).not.toBe(old);
    expect(statSync(accessKeyPath(data)).mode & 0o777).toBe(0o600);
  },
);

it.each(['', 'short', `${'A'.repeat(43)}\n${'B'.repeat(43)}`, 'A'.repeat(44), '='.repeat(43)])(
  'is replaced when its file holds "%s"',
  async (text) => {
    await accessKey(data);
    writeFileSync(accessKeyPath(data), text);
    const key = await accessKey(data);
    expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(key).not.toBe(text);
    expect(await accessKey(data)).toBe(key);
  },
);

it('is one and the same for two studios that begin at once', async () => {
  const [one, other] = await Promise.all([accessKey(data), accessKey(data)]);
  const kept = await accessKey(data);
  expect([one, other]).toContain(kept);
});
