import { readFileSync, writeFileSync } from 'node:fs';

/** Tells how much memory this process used at most since it was made. */
export class PeakMemory {
  readonly #before = process.resourceUsage().maxRSS;
  /** Linux forgets the earlier peak when asked to. */
  readonly #reset = resetPeak();

  /**
   * Resident bytes at most, weights that are read in place included. Null where the system only knows the peak of the
   * process's whole life and an earlier job's was higher.
   */
  get bytes(): number | null {
    if (this.#reset) {
      const peak = linuxPeak();
      if (peak !== null) return peak;
    }
    const now = process.resourceUsage().maxRSS;
    return now > this.#before ? now * 1024 : null;
  }
}

function resetPeak(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    // proc(5): 5 sets the peak resident set size to the present one.
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

function linuxPeak(): number | null {
  try {
    const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
