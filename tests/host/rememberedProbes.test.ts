import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseProvider, providerSentence } from '../../main/host/deviceProbe.ts';
import { driverFingerprint } from '../../main/host/driverFingerprint.ts';
import { failureSentence, isDeviceLost } from '../../main/host/exitSentence.ts';
import { graphicsFacts, graphicsHint } from '../../main/host/graphicsHint.ts';
import { providers, type ProbeResult } from '../../main/host/probeResult.ts';
import { RememberedProbes } from '../../main/host/rememberedProbes.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'probes-'));
  path = join(folder, 'library', 'devices.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const results = (working: string): ProbeResult[] =>
  providers.map((provider) => ({
    provider,
    works: provider === working,
    reason: provider === working ? '' : 'no',
  }));

describe('what probing found out', () => {
  it('is there at the next start, as long as the drivers stay the same', async () => {
    let drivers = 'first';
    const probes = new RememberedProbes(path, () => drivers);
    expect(probes.read().size).toBe(0);
    await probes.remember(results('webgpu'));
    expect(new RememberedProbes(path, () => drivers).read().get('webgpu')?.works).toBe(true);
    drivers = 'second';
    expect(probes.read().size).toBe(0);
    drivers = 'first';
    probes.forget();
    expect(probes.read().size).toBe(0);
  });

  it('holds whether a device computes in float16, and is asked anew where an earlier version did not', async () => {
    const probes = new RememberedProbes(path, () => 'same');
    await probes.remember([{ provider: 'webgpu', works: true, reason: '', float16: true }]);
    expect(probes.read().get('webgpu')?.float16).toBe(true);
    writeFileSync(path, '{"fingerprint":"same","results":[{"provider":"webgpu","works":true,"reason":""}]}');
    expect(probes.read().size).toBe(0);
  });

  it('is nothing when the file is damaged', async () => {
    const probes = new RememberedProbes(path, () => 'same');
    await probes.remember(results('cpu'));
    writeFileSync(path, '{"fingerprint":"same","results":[{"provider":"tpu"}]}');
    expect(probes.read().size).toBe(0);
  });

  it('decides what "auto" is for a large model, without probing again', async () => {
    const probes = new RememberedProbes(path, () => 'same');
    await probes.remember(results('webgpu'));
    expect(await chooseProvider(2e9, probes)).toBe('webgpu');
    expect(await chooseProvider(10e6, probes)).toBe('cpu');
    await probes.remember(results('none'));
    expect(await chooseProvider(2e9, probes)).toBe('cpu');
  });

  it('is keyed by what decides it', () => {
    expect(driverFingerprint({})).toBe(driverFingerprint({}));
    expect(driverFingerprint({ CUDA_VISIBLE_DEVICES: '1' })).not.toBe(driverFingerprint({}));
  });
});

describe('sentences with a way out', () => {
  it.each([
    [{ loader: false, drivers: false, forbidden: null }, /libvulkan1/],
    [{ loader: true, drivers: false, forbidden: null }, /no driver for it: install mesa-vulkan-drivers/],
    [
      { loader: true, drivers: true, forbidden: '/dev/dri/renderD128' },
      /may not open \/dev\/dri\/renderD128: join the group/,
    ],
    [{ loader: true, drivers: true, forbidden: null }, /install a driver/],
  ])('%j', (facts, sentence) => {
    expect(graphicsHint(facts)).toMatch(sentence);
  });

  it('names the variable that names no driver', () => {
    expect(graphicsFacts({ VK_ICD_FILENAMES: '/dev/null' }).misled).toBe('VK_ICD_FILENAMES');
    expect(graphicsFacts({}).misled).toBeNull();
    const facts = { loader: true, drivers: true, misled: 'VK_ICD_FILENAMES', forbidden: null };
    expect(graphicsHint(facts)).toBe(
      'the variable VK_ICD_FILENAMES names no Vulkan driver that is there: unset it',
    );
  });

  it('looks at this machine without failing', () => {
    expect(typeof graphicsFacts({ VK_ICD_FILENAMES: '/none.json', LD_LIBRARY_PATH: '' }).loader).toBe(
      'boolean',
    );
  });

  it.each([
    [
      'cuda',
      'CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version',
      /driver is too old.*or use the device webgpu or cpu/,
    ],
    ['cuda', 'CUDA failure 100: no CUDA-capable device is detected', /finds no NVIDIA card/],
    [
      'cuda',
      'Failed to load library libonnxruntime_providers_cuda.so with error: libcublasLt.so.12: cannot open shared object file',
      /needs the library libcublasLt\.so\.12/,
    ],
  ] as const)('%s: %s', (provider, message, sentence) => {
    expect(providerSentence(provider, message)).toMatch(sentence);
  });

  it.each([
    'CUDA failure 2: out of memory',
    'VK_ERROR_OUT_OF_DEVICE_MEMORY',
    'BFCArena::AllocateRawInternal Available memory of 5 is smaller than requested bytes of 7',
    'bad allocation',
  ])('memory: %s', (message) => {
    const sentence = failureSentence(message);
    expect(sentence).toMatch(/^Out of memory .*smaller image.*fewer probes.*tiles.*device cpu\.$/);
    expect(isDeviceLost(sentence)).toBe(false);
  });

  it.each(['A device was lost. x', 'DXGI_ERROR_DEVICE_REMOVED', 'VK_ERROR_DEVICE_LOST', 'CUDA error 700'])(
    'a lost device: %s',
    (message) => {
      const sentence = failureSentence(message);
      expect(sentence).toMatch(/^The device was lost .*The next job starts it anew\.$/);
      expect(isDeviceLost(sentence)).toBe(true);
    },
  );
});
