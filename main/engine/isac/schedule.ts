import type { IsacSchedule } from '../../../preload/contract/isac.ts';

/** lambda_ins and lambda_sem of equation 13. */
export interface Lambdas {
  readonly instance: number;
  readonly semantic: number;
}

/**
 * The paper's schedule and the other rows of its ablation. `progress` is 1 at the first step (t = T) and
 * falls to 0 at the last: structure before semantics.
 */
export function lambdasAt(schedule: IsacSchedule, progress: number): Lambdas {
  switch (schedule) {
    case 'instance-then-semantic':
      return { instance: progress, semantic: 1 - progress };
    case 'semantic-then-instance':
      return { instance: 1 - progress, semantic: progress };
    case 'instance-only':
      return { instance: 1, semantic: 0 };
    case 'semantic-only':
      return { instance: 0, semantic: 1 };
    case 'fixed':
      return { instance: 0.5, semantic: 0.5 };
  }
}

/**
 * Whose turn it is, where each step follows one phase alone: the one that has had less than its lambda so far. Over the
 * steps each phase's share is that of its lambdas, to within one step.
 */
export class Turns {
  private owed = 0;

  /** Weights of the phases in this step: 1 and 0. */
  next({ instance, semantic }: Lambdas): Lambdas {
    const sum = instance + semantic;
    if (sum > 0) this.owed += instance / sum;
    const own = this.owed >= 0.5;
    if (own) this.owed -= 1;
    return own ? { instance: 1, semantic: 0 } : { instance: 0, semantic: 1 };
  }
}
