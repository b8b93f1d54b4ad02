import type { MessagePort } from 'node:worker_threads';
import { packError, type CarriedError } from './carriedError.ts';

/** What the thread is asked: one task at a time. */
export interface TaskMessage {
  readonly task: string;
  readonly args: unknown;
}

/** What the thread answers. */
export type ThreadMessage =
  | { readonly type: 'ready' }
  /** Sent while a task runs, as often as the thread comes to itself. */
  | { readonly type: 'alive' }
  | { readonly type: 'done'; readonly value: unknown }
  | { readonly type: 'failed'; readonly error: CarriedError };

/** How often a thread says that it is not stuck. */
const ALIVE_MS = 500;

/** A table of functions that run in a thread. Arguments and results are what structured clones carry: no classes. */
export type TaskTable = Readonly<Record<string, (args: never) => unknown>>;

/** Carries out what the port asks for. */
export function serveTasks(port: MessagePort, tasks: TaskTable): void {
  const send = (message: ThreadMessage): void => port.postMessage(message, buffersOf(message));
  port.on('message', ({ task, args }: TaskMessage) => {
    const beat = setInterval(() => send({ type: 'alive' }), ALIVE_MS);
    void run(tasks, task, args)
      .then(
        (value) => send({ type: 'done', value }),
        (error: unknown) => send({ type: 'failed', error: packError(error) }),
      )
      .finally(() => clearInterval(beat));
  });
  send({ type: 'ready' });
}

async function run(tasks: TaskTable, name: string, args: unknown): Promise<unknown> {
  const task = tasks[name];
  if (task === undefined) throw new Error(`There is no task "${name}" for the reader.`);
  // Whoever asks has the types of the same table (outside.ts).
  return task(args as never);
}

/** The bytes of a result are handed over, not copied; such as share their memory with others are. */
function buffersOf(message: ThreadMessage): ArrayBuffer[] {
  if (message.type !== 'done' || typeof message.value !== 'object' || message.value === null) return [];
  return Object.values(message.value).flatMap((part: unknown) =>
    part instanceof Uint8Array && part.buffer instanceof ArrayBuffer && ownsBuffer(part) ? [part.buffer] : [],
  );
}

function ownsBuffer({ byteLength, buffer }: Uint8Array): boolean {
  return byteLength > 0 && byteLength === buffer.byteLength;
}
