import type { FailureCause } from '../../preload/contract/studio.ts';
import type { ProcessExit } from './spawner.ts';

const OUT_OF_MEMORY =
  /out of (?:device |host )?memory|OUT_OF_(?:DEVICE|HOST)_MEMORY|bad_alloc|bad allocation|failed to allocate memory|allocation failed|cudaErrorMemoryAllocation|CUDA (?:failure|error) 2\b|is smaller than requested bytes|\bOOM\b|E_OUTOFMEMORY|0x8007000E/i;

const WAY_OUT =
  'try a smaller image, fewer probes (--probes early), the VAE in tiles (--vae-tile), attention in slices (--attention-slices; both also belong to the device in the library) or the device cpu';

/** The driver gave the device up; a process that saw this cannot use it again. */
const DEVICE_LOST =
  /device (?:was |is )?lost|DEVICE_REMOVED|DEVICE_HUNG|0x887A000[5-7]|VK_ERROR_DEVICE_LOST|CUDA (?:failure|error) (?:700|719|999)\b/i;

/** Whether the process that failed so can be used for another job. */
export const isDeviceLost = (message: string): boolean => DEVICE_LOST.test(message);

/** What was in want when an engine failed with one of the sentences below. */
export function failureCause(sentence: string): FailureCause {
  if (!sentence.includes(WAY_OUT)) return 'other';
  if (sentence.startsWith(LOST)) return 'deviceLost';
  return sentence.startsWith(KILLED) ? 'killed' : 'memory';
}

const LOST = 'The device was lost';
const KILLED = 'The engine process was killed by the system';

/** Exit codes by which Windows and shells report what POSIX reports as a signal. */
const SIGNALS: Readonly<Record<number, string>> = {
  134: 'SIGABRT',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  133: 'SIGTRAP',
  3221225477: 'an access violation',
  3221226505: 'a fail-fast exit',
  3221225501: 'an illegal instruction',
};

/** Why an engine process that nobody ended has ended, in one sentence. */
export function exitSentence({ code, signal, lastWords }: ProcessExit, loading: boolean): string {
  const when = loading ? 'while it started' : 'in the middle of its work';
  const ended = signal ?? (code === null ? null : (SIGNALS[code] ?? null));
  if (OUT_OF_MEMORY.test(lastWords)) return `The engine process ran out of memory ${when}: ${WAY_OUT}.`;
  if (ended === 'SIGKILL') {
    return `${KILLED} ${when}, most likely for want of memory: ${WAY_OUT}.`;
  }
  const cause = quote(lastWords);
  if (ended !== null) return `The engine process crashed (${ended}) ${when}${cause}.`;
  if (code === null)
    return loading
      ? `The engine process could not be started${cause}.`
      : `The engine process ended ${when}${cause}.`;
  return `The engine process ended by itself ${when} (exit code ${code})${cause}.`;
}

/** The sentence for an error that was thrown in the engine: memory gets a way out, anything else its own words. */
export function failureSentence(message: string): string {
  if (DEVICE_LOST.test(message)) {
    return `${LOST} (${firstLine(message)}), by a reset of its driver or for want of memory: ${WAY_OUT}. The next job starts it anew.`;
  }
  return OUT_OF_MEMORY.test(message) ? `Out of memory (${firstLine(message)}): ${WAY_OUT}.` : message;
}

/** The line of stderr that tells most: the error's own, else the last. */
function quote(lastWords: string): string {
  const lines = lastWords.split('\n').map((line) => line.trim());
  const said = lines.find((line) => /error|what\(\)|terminate called/i.test(line)) ?? lines.at(-1) ?? '';
  return said === '' ? '' : `: ${said.replace(/[.\s]+$/, '').slice(0, 300)}`;
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').slice(0, 200);
}
