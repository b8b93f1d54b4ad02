import type { Probe, ProbeKind, ProbeSink, ProbeSite } from '../models/probe.ts';

/** Which attention maps take part in the objective. */
export interface ProbeChoice {
  /** Only self-attention of at most this many positions a side; null: all. */
  readonly maxSide: number | null;
  /** Only self-attention of at least this many positions a side; null: all. The largest maps where none is as large. */
  readonly minSide: number | null;
  /** Attention to words and grounding tokens: of the resolution nearest to this side alone; null: as self-attention. */
  readonly semanticSide: number | null;
  /** Only down blocks and the middle: everything behind is then neither run nor differentiated. */
  readonly earlyEnd: boolean;
  /** Whether the attention to the boxes' grounding tokens takes part. */
  readonly grounding: boolean;
}

const sideOf = ({ height, width }: ProbeSite): number => Math.max(height, width);
const nameOf = ({ layer, kind }: ProbeSite): string => `${kind} ${layer}`;

/** Those of a model's sites that a choice lets through. */
export function chosenSites(sites: readonly ProbeSite[], choice: ProbeChoice): ProbeSite[] {
  const { maxSide, minSide, semanticSide, earlyEnd, grounding } = choice;
  const allowed = sites.filter(
    (site) =>
      (maxSide === null || sideOf(site) <= maxSide) && !(earlyEnd && site.layer.startsWith('up_blocks')),
  );
  return (['self', 'cross', 'grounding'] as const).flatMap((kind: ProbeKind) => {
    const own = allowed.filter((site) => site.kind === kind);
    if (kind === 'grounding' && !grounding) return [];
    return kind !== 'self' && semanticSide !== null ? nearestTo(own, semanticSide) : atLeast(own, minSide);
  });
}

function atLeast(sites: readonly ProbeSite[], side: number | null): readonly ProbeSite[] {
  if (side === null) return sites;
  const largest = Math.max(...sites.map(sideOf));
  return sites.filter((site) => sideOf(site) >= Math.min(side, largest));
}

/** Sites of the one resolution that is the fewest doublings away; of two, the higher. */
function nearestTo(sites: readonly ProbeSite[], side: number): readonly ProbeSite[] {
  const distance = (site: ProbeSite): number => Math.abs(Math.log2(sideOf(site) / side));
  const [best] = [...sites].sort((a, b) => distance(a) - distance(b) || sideOf(b) - sideOf(a));
  return best ? sites.filter((site) => site.height === best.height && site.width === best.width) : [];
}

/** Notes where a model has attention, and wants no map. */
export class SiteCollection implements ProbeSink {
  readonly sites: ProbeSite[] = [];

  wants(site: ProbeSite): boolean {
    this.sites.push(site);
    return false;
  }

  add(): void {
    // It asked for none.
  }
}

/** Collects the probes of chosen sites. */
export class ProbeCollection implements ProbeSink {
  readonly probes: Probe[] = [];
  private readonly wanted: ReadonlySet<string>;

  constructor(sites: readonly ProbeSite[]) {
    this.wanted = new Set(sites.map(nameOf));
  }

  wants(site: ProbeSite): boolean {
    return this.wanted.has(nameOf(site));
  }

  add(probe: Probe): void {
    this.probes.push(probe);
  }
}
