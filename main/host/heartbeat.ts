import { Worker } from 'node:worker_threads';

/** Time between two signs of life. */
export const HEARTBEAT_MS = 1000;

/**
 * Writes one byte to stdout every second, from a thread of its own: a model run blocks the main thread for as long as it
 * lasts, which is no reason to think that the process has stopped. A process that is stopped, or whose machine swaps it
 * out for good, writes nothing. Plain JavaScript, so that the thread needs no loader and little memory.
 */
export function startHeartbeat(): void {
  const code = `
    const { writeSync } = require('node:fs');
    setInterval(() => { try { writeSync(1, '.'); } catch {} }, ${HEARTBEAT_MS});
  `;
  const worker = new Worker(code, {
    eval: true,
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  });
  // Without it the engine only loses this sign; it must not end the process, nor keep it from ending.
  worker.on('error', () => undefined);
  worker.unref();
}
