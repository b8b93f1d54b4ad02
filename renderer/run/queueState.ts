import type { Job, QueueChange } from '../../preload/contract/studioRecords.ts';

/** The queue after changes that the main process told; the running job comes first, then those that wait. */
export function afterChanges(jobs: readonly Job[], changes: readonly QueueChange[]): Job[] {
  // A thousand jobs may end in one event: they are taken out in one go.
  const ended = new Set(changes.flatMap((change) => (change.type === 'ended' ? [change.job] : [])));
  let next = [...jobs];
  for (const change of changes) {
    if (change.type === 'added') {
      const known = new Set(next.map(({ id }) => id));
      next.push(...change.jobs.filter(({ id }) => !known.has(id)));
    } else if (change.type === 'changed' && !ended.has(change.job)) {
      const { job, state, stage, runningMs } = change;
      next = next.map((one) => (one.id === job ? { ...one, state, stage, runningMs } : one));
    } else if (change.type === 'moved') {
      next = moved(next, change.job, change.index);
    }
  }
  return next.filter(({ id }) => !ended.has(id));
}

function moved(jobs: readonly Job[], id: string, index: number): Job[] {
  const job = jobs.find((one) => one.id === id);
  if (job === undefined) {
    return [...jobs];
  }
  const others = jobs.filter((one) => one !== job);
  const first = others.findIndex(({ state }) => state === 'waiting');
  others.splice((first < 0 ? others.length : first) + index, 0, job);
  return others;
}
