import { z } from 'zod';
import { onEndSignal } from './endSignals.ts';
import type { EnginePort } from './engineServer.ts';

/** Electron's `process.parentPort` in a utility process; messages come wrapped. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

const parentPortSchema = z.object({
  parentPort: z.custom<ParentPort>((port) => typeof port === 'object' && port !== null),
});

/** The channel to whoever started this process, for plain JSON values. */
export interface ParentChannel {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** The engine's end of the channel. */
export function enginePort(): EnginePort {
  return parentChannel();
}

/** The channel to whoever started this process. Without its parent it ends: it would run on unseen. */
export function parentChannel(): ParentChannel {
  // Ctrl-C and the end of a terminal reach the whole group of processes; the parent decides what becomes of the job.
  onEndSignal(() => undefined);
  const utility = parentPortSchema.safeParse(process);
  if (utility.success) {
    const { parentPort } = utility.data;
    return {
      send: (message) => parentPort.postMessage(message),
      onMessage: (listener) => parentPort.on('message', ({ data }) => listener(data)),
    };
  }
  if (process.send === undefined) {
    console.error('The engine process is started by ISAC Studio; it does nothing by itself.');
    process.exit(1);
  }
  process.on('disconnect', () => process.exit(0));
  return {
    send: (message) => process.send?.(message),
    onMessage: (listener) => process.on('message', listener),
  };
}
