import { expect, it } from 'vitest';
import { probeProvider } from '../../main/host/deviceProbe.ts';
import type { ProbeResult } from '../../main/host/probeResult.ts';

const fell = { code: null, signal: 'SIGSEGV', lastWords: '' };

/** A child that says these things and ends. */
function probed(...messages: readonly object[]): Promise<ProbeResult> {
  return probeProvider('webgpu', {
    spawn: () => () => ({
      send: () => undefined,
      kill: () => undefined,
      onMessage: (listener) => messages.forEach((message) => listener(message)),
      onExit: (listener) => listener(fell),
    }),
  });
}

it('a driver that falls over float16 works in float32 all the same', async () => {
  expect(await probed({ ok: true })).toEqual({ provider: 'webgpu', works: true, reason: '', float16: false });
  expect(await probed({ ok: true }, { ok: true, float16: true })).toMatchObject({
    works: true,
    float16: true,
  });
  expect(await probed({ ok: true }, { ok: true, float16: false })).toMatchObject({
    works: true,
    float16: false,
  });
  expect(await probed()).toMatchObject({ works: false, float16: false });
  expect(await probed({ ok: false, reason: 'a matrix product came out wrong' })).toMatchObject({
    works: false,
    reason: 'webgpu does not start: a matrix product came out wrong',
  });
});
