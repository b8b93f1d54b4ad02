import { readFileSync } from 'node:fs';

const SAMPLE_MILLISECONDS = 50;

/**
 * The peak of memory that belongs to a process, or to one of its descendants, alone (RssAnon): weights mapped from a
 * file don't count. Watched from outside, as a network's run blocks the process itself. Linux only.
 */
export class MemoryWatch {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #peak = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.sample(), SAMPLE_MILLISECONDS);
    this.sample();
  }

  sample(): void {
    for (const pid of familyOf(this.#pid)) this.#peak = Math.max(this.#peak, anonymousMiB(pid));
  }

  /** MiB at most since the last call; begins anew. */
  take(): number {
    this.sample();
    const peak = this.#peak;
    this.#peak = 0;
    this.sample();
    return peak;
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

/** A process and its descendants. */
function familyOf(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter((text) => text !== ''); // prettier-ignore
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))];
}

function anonymousMiB(pid: number): number {
  return Number(/^RssAnon:\s*(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

/** Nothing once the process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
