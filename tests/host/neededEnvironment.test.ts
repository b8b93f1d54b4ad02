import { expect, it } from 'vitest';
import { neededEnvironment } from '../../main/host/neededEnvironment.ts';

it.each([
  'HF_TOKEN',
  'HUGGING_FACE_HUB_TOKEN',
  'GITHUB_TOKEN',
  'AWS_SECRET_ACCESS_KEY',
  'HTTPS_PROXY',
  'https_proxy',
  'SSH_AUTH_SOCK',
  'DBUS_SESSION_BUS_ADDRESS',
  'NODE_OPTIONS',
  'LD_PRELOAD',
  'DYLD_INSERT_LIBRARIES',
  'ISAC_STUDIO_TOKEN',
  'CUDA_API_KEY',
])('keeps %s from an engine', (name) => {
  expect(neededEnvironment({ PATH: '/bin', [name]: 'x' })).toEqual({ PATH: '/bin' });
});

it.each([
  'HOME',
  'TMPDIR',
  'LC_ALL',
  'DISPLAY',
  'XDG_RUNTIME_DIR',
  'LD_LIBRARY_PATH',
  'GLIBC_TUNABLES',
  'CUDA_VISIBLE_DEVICES',
  'VK_ICD_FILENAMES',
  'OMP_NUM_THREADS',
  'ORT_DISABLE_TELEMETRY',
  'ISAC_STUDIO_DEVICES',
  'SystemRoot',
  'LOCALAPPDATA',
  'Path',
])('lets an engine have %s', (name) => {
  expect(neededEnvironment({ [name]: 'x', HF_TOKEN: 'y' })).toEqual({ [name]: 'x' });
});
