import { describe, expect, it } from 'vitest';
import type { Outcome, Progress } from '../../main/host/engineProcess.ts';
import { JobQueue } from '../../main/host/jobQueue.ts';
import { request } from './request.ts';

/** A host whose jobs end when the test says so. */
class ManualHost {
  readonly started: string[] = [];
  readonly cancelled: string[] = [];
  progress: (event: Progress) => void = () => undefined;
  finish: (outcome: Outcome) => void = () => undefined;
  run(
    jobId: string,
    _request: unknown,
    options: { onProgress: (event: Progress) => void },
  ): Promise<Outcome> {
    this.started.push(jobId);
    this.progress = options.onProgress;
    return new Promise((resolve) => {
      this.finish = resolve;
    });
  }
  cancel(jobId: string): void {
    this.cancelled.push(jobId);
    this.finish({ type: 'cancelled', jobId });
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const ids = (queue: JobQueue): string[] => queue.jobs.map(({ id }) => id);

describe('the queue', () => {
  it('runs jobs in order, one at a time, in the order they were moved to', async () => {
    const host = new ManualHost();
    const queue = new JobQueue(host);
    for (const id of ['a', 'b', 'c', 'd']) queue.add(id, request(id), { preview: false });
    queue.move('d', 0);
    queue.move('a', 3);
    queue.move('b', 99);
    queue.move('nobody', 0);
    expect(ids(queue)).toEqual(['a', 'd', 'c', 'b']);
    expect(host.started).toEqual(['a']);
    for (const jobId of ['a', 'd', 'c']) {
      host.finish({ type: 'failed', jobId, fault: 'engine', message: 'no' });
      await turn();
    }
    expect(host.started).toEqual(['a', 'd', 'c', 'b']);
  });

  it('keeps a frozen copy of the request', () => {
    const queue = new JobQueue(new ManualHost());
    const mine = request('mine');
    const job = queue.add('a', mine, { preview: false });
    mine.caption = 'changed';
    const [box] = mine.boxes;
    if (box) box.phrase = 'changed';
    expect(job.request).toEqual(request('mine'));
    expect(() => {
      (job.request as { caption: string }).caption = 'x';
    }).toThrow(TypeError);
    expect(() => job.request.boxes.pop()).toThrow(TypeError);
  });

  it('cancels what waits at once and what runs through the host, and tells every change', async () => {
    const host = new ManualHost();
    const queue = new JobQueue(host);
    const seen: string[] = [];
    queue.listen(({ id, state }) => seen.push(`${id} ${state}`));
    for (const id of ['a', 'b', 'c']) queue.add(id, request(id), { preview: false });
    queue.cancel('b');
    host.progress({ type: 'stage', jobId: 'a', stage: 'sampling' });
    expect(queue.jobs[0]?.progress).toMatchObject({ stage: 'sampling' });
    queue.cancel('a');
    await turn();
    expect(host.cancelled).toEqual(['a']);
    expect(seen).toEqual([
      ...['a waiting', 'a running', 'b waiting', 'c waiting', 'b cancelled'],
      ...['a running', 'a cancelled', 'c running'],
    ]);
    queue.cancelAll();
    await turn();
    expect(queue.jobs).toEqual([]);
  });
});
