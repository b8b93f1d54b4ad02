import { parentPort } from 'node:worker_threads';
import { UserError } from '../../../main/engine/errors.ts';
import { sentence } from '../../../preload/contract/sentences.ts';
import { serveTasks } from '../../../main/reader/serveTasks.ts';

/** A thread whose tasks do what a hostile file would make a reader do. */
const tasks = {
  echo: (args: unknown) => args,
  spin: () => {
    for (;;);
  },
  wait: () => new Promise(() => undefined),
  fill: () => {
    const lists: unknown[] = [];
    for (;;) lists.push([lists.length, {}]);
  },
  crash: () =>
    new Promise(() => {
      setImmediate(() => {
        throw new Error('outside of any promise');
      });
    }),
  refuse: () => {
    throw new UserError(sentence('project.gone', { path: '/a' }));
  },
  full: () => {
    throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
  },
  bytes: () => ({ png: new Uint8Array(1000).fill(7) }),
};

if (parentPort !== null) serveTasks(parentPort, tasks);
