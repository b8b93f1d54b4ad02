import { parentPort } from 'node:worker_threads';
import { readerTasks } from './tasks.ts';
import { serveTasks } from './serveTasks.ts';

// The file that runs in the reader's own thread.
if (parentPort !== null) serveTasks(parentPort, readerTasks);
