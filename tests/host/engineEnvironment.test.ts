import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { ENGINE_FLAGS, engineEnvironment } from '../../main/host/engineEnvironment.ts';

const HEAP = 'glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=4294967296';

it('sets the allocator beside whatever tunables there are, but not against them', () => {
  expect(engineEnvironment({ HOME: '/h' })).toEqual({
    HOME: '/h',
    GLIBC_TUNABLES: `glibc.malloc.hugetlb=1:${HEAP}`,
  });
  expect(engineEnvironment({ GLIBC_TUNABLES: 'glibc.malloc.check=1' })).toEqual({
    GLIBC_TUNABLES: `glibc.malloc.check=1:glibc.malloc.hugetlb=1:${HEAP}`,
  });
  expect(engineEnvironment({ GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0' })).toEqual({
    GLIBC_TUNABLES: `glibc.malloc.hugetlb=0:${HEAP}`,
  });
  const twice = engineEnvironment(engineEnvironment({}));
  expect(twice).toEqual(engineEnvironment({}));
});

it('is an environment and flags that node starts with, without a word', () => {
  const { status, stderr } = spawnSync(process.execPath, [...ENGINE_FLAGS, '-e', ''], {
    env: engineEnvironment(),
  });
  expect([status, stderr.toString()]).toEqual([0, '']);
});
