import type { Probe, ProbeSink, ProbeSite } from '../models/probe.ts';

/** Which attention maps take part in the objective. */
export interface ProbeChoice {
  /** Only maps of at most this many positions a side; null: all. */
  readonly maxSide: number | null;
  /** Only down blocks and the middle: everything behind is then neither run nor differentiated. */
  readonly earlyEnd: boolean;
  /** Whether the attention to the boxes' grounding tokens takes part. */
  readonly grounding: boolean;
}

/** Collects the probes that a choice lets through. */
export class ProbeCollection implements ProbeSink {
  readonly probes: Probe[] = [];
  private readonly choice: ProbeChoice;

  constructor(choice: ProbeChoice) {
    this.choice = choice;
  }

  wants({ layer, kind, height, width }: ProbeSite): boolean {
    const { maxSide, earlyEnd, grounding } = this.choice;
    if (kind === 'grounding' && !grounding) return false;
    if (earlyEnd && layer.startsWith('up_blocks')) return false;
    return maxSide === null || Math.max(height, width) <= maxSide;
  }

  add(probe: Probe): void {
    this.probes.push(probe);
  }
}
