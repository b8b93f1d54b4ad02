import { startReaderThread } from './readerEntry.ts';
import type { ReaderTasks } from './tasks.ts';
import { ThreadPool, type TaskOptions } from './threadPool.ts';

const pool = new ThreadPool(startReaderThread);

type Name = keyof ReaderTasks;
type Args<N extends Name> = Parameters<ReaderTasks[N]>[0];
type Value<N extends Name> = Awaited<ReturnType<ReaderTasks[N]>>;

/**
 * Reads something that came from outside in the reader's thread (tasks.ts): no file can block, fill or end this process.
 *
 * @throws what the task throws; UserError when it was ended over its time or memory
 */
export async function readOutside<N extends Name>(
  name: N,
  args: Args<N>,
  options: TaskOptions,
): Promise<Value<N>> {
  // The thread runs the very table that the types are taken from.
  return (await pool.run(name, args, options)) as Value<N>;
}

/** Starts the thread ahead of the first file. */
export function warmReader(): void {
  pool.warm();
}
