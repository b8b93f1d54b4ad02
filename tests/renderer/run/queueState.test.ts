import { describe, expect, it } from 'vitest';
import { requestSchema } from '../../../preload/contract/request.ts';
import type { Job } from '../../../preload/contract/studioRecords.ts';
import { afterChanges } from '../../../renderer/run/queueState.ts';

const request = requestSchema.parse({
  version: 1,
  model: 'tiny',
  width: 64,
  height: 64,
  caption: 'a dog',
  boxes: [{ id: 'a', phrase: 'dog', box: [0, 0, 1, 1] }],
  seed: 1,
});
const job = (id: string, state: Job['state'] = 'waiting'): Job => ({
  id,
  project: '00000000-0000-4000-8000-000000000000',
  request,
  baselineOf: null,
  state,
  stage: null,
  step: null,
  runningMs: null,
});
const ids = (jobs: readonly Job[]): string => jobs.map(({ id }) => id).join('');

describe('the queue that a client keeps', () => {
  const jobs = [job('a', 'running'), job('b'), job('c'), job('d')];

  it('puts new jobs behind the others, each once', () => {
    expect(ids(afterChanges(jobs, [{ type: 'added', jobs: [job('d'), job('e')] }]))).toBe('abcde');
  });

  it('moves among those that wait', () => {
    expect(ids(afterChanges(jobs, [{ type: 'moved', job: 'd', index: 0 }]))).toBe('adbc');
    expect(ids(afterChanges(jobs, [{ type: 'moved', job: 'b', index: 2 }]))).toBe('acdb');
    expect(ids(afterChanges(jobs, [{ type: 'moved', job: 'x', index: 0 }]))).toBe('abcd');
  });

  it('takes over state and stage, and leaves the rest alone', () => {
    const [, next] = afterChanges(jobs, [
      { type: 'ended', job: 'a' },
      { type: 'changed', job: 'b', state: 'running', stage: 'sampling', runningMs: 5 },
      { type: 'added', jobs: [job('e')] },
    ]);
    expect(next).toEqual(job('c'));
    expect(
      afterChanges(jobs, [{ type: 'changed', job: 'b', state: 'cancelling', stage: null, runningMs: 1 }])[1],
    ).toEqual({
      ...job('b', 'cancelling'),
      runningMs: 1,
    });
  });
});
