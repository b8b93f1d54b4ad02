import { describe, expect, it } from 'vitest';
import { exitSentence, failureCause, failureSentence } from '../../main/host/exitSentence.ts';
import { providerSentence } from '../../main/host/deviceProbe.ts';

const exit = (
  code: number | null,
  signal: string | null,
  lastWords = '',
): Parameters<typeof exitSentence>[0] => ({
  code,
  signal,
  lastWords,
});

describe('the sentence for an ended process', () => {
  it.each([
    [exit(null, 'SIGKILL'), /was killed by the system .*want of memory: try a smaller image/],
    [exit(137, null), /want of memory/],
    [
      exit(null, 'SIGABRT', "terminate called after throwing an instance of 'std::bad_alloc'"),
      /ran out of memory/,
    ],
    [
      exit(134, null, 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'),
      /ran out of memory/,
    ],
    [exit(null, 'SIGSEGV'), /^The engine process crashed \(SIGSEGV\) in the middle of its work\.$/],
    [exit(3221225477, null), /crashed \(an access violation\)/],
    [exit(1, null, 'at x\nError: no such addon.\n  at y'), /\(exit code 1\): Error: no such addon\.$/],
    [exit(null, null), /^The engine process ended in the middle of its work\.$/],
  ])('%j', (ended, sentence) => {
    expect(exitSentence(ended, false)).toMatch(sentence);
  });

  it('tells a process that never was from one that ended', () => {
    expect(exitSentence(exit(null, null, 'spawn ENOENT'), true)).toMatch(
      /could not be started: spawn ENOENT\.$/,
    );
  });

  it('gives a way out when memory runs out in the engine, and other errors their own words', () => {
    expect(failureSentence('std::bad_alloc\nat y')).toMatch(
      /^Out of memory \(std::bad_alloc\): try a smaller image/,
    );
    expect(failureSentence('Conv: shapes do not fit')).toBe('Conv: shapes do not fit');
  });
});

describe('the sentence for a provider that does not start', () => {
  it.each([
    [
      'webgpu',
      'webgpu_context.cc:136 Failed to get a WebGPU adapter: No supported adapters.',
      /finds no graphics adapter/,
    ],
    [
      'dml',
      'no available backend found. ERR: [dml] backend not found.',
      /^dml is not part of onnxruntime-node on /,
    ],
    [
      'cuda',
      'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library',
      /^cuda needs libraries/,
    ],
    ['webgpu', 'Device lost\nat x', /^webgpu does not start: Device lost$/],
  ] as const)('%s: %s', (provider, message, sentence) => {
    expect(providerSentence(provider, message)).toMatch(sentence);
  });
});

it.each([
  [exitSentence(exit(null, 'SIGKILL'), false), 'killed'],
  [exitSentence(exit(null, 'SIGABRT', 'std::bad_alloc'), false), 'memory'],
  [failureSentence('Failed to allocate memory for requested buffer of size 8'), 'memory'],
  [failureSentence('VK_ERROR_DEVICE_LOST'), 'deviceLost'],
  [exitSentence(exit(null, 'SIGSEGV'), false), 'other'],
  [failureSentence('no such tensor'), 'other'],
  // Somebody's words about memory are not ours.
  ['The phrase "out of memory" is too long.', 'other'],
])('the cause of %s', (sentence, cause) => {
  expect(failureCause(sentence)).toBe(cause);
});
