import { expect, it } from 'vitest';
import { engineEnvironment } from '../../main/host/engineEnvironment.ts';

it('asks for huge pages beside whatever tunables there are, but not against them', () => {
  expect(engineEnvironment({ HOME: '/h' })).toEqual({ HOME: '/h', GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' });
  expect(engineEnvironment({ GLIBC_TUNABLES: 'glibc.malloc.check=1' })).toEqual({
    GLIBC_TUNABLES: 'glibc.malloc.check=1:glibc.malloc.hugetlb=1',
  });
  const refused = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0' };
  expect(engineEnvironment(refused)).toEqual(refused);
});
