/**
 * The signals that ask a program to end: Ctrl-C, kill, and the end of its terminal (a closed window, a lost SSH
 * connection). Node ends at once on each of them unless somebody listens.
 */
export const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type EndSignal = (typeof END_SIGNALS)[number];

/**
 * Calls a listener instead of ending at once. A signal may come more than once: the shell sends SIGHUP to every
 * process of a terminal, and a parent may pass it on.
 *
 * @returns a function that stops listening
 */
export function onEndSignal(listener: (signal: EndSignal) => void): () => void {
  for (const signal of END_SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of END_SIGNALS) process.off(signal, listener);
  };
}

/**
 * After a terminal has gone, writing to it fails (EIO). What was begun must end properly all the same, so such errors
 * of the given streams are ignored.
 */
export function outliveTerminal(...streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EIO') throw error;
    });
  }
}
