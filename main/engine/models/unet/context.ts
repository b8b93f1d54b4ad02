import type { Tensor } from '../../graph/ir.ts';
import type { AttentionMethod } from '../attention.ts';
import type { ProbeKind, ProbeSink } from '../probe.ts';

/** What all blocks of a UNet share. */
export interface UnetContext {
  /** SiLU of the time embedding: [N, E]. */
  readonly time: Tensor;
  /** Caption: [N, L, D]. */
  readonly text: Tensor;
  /** Grounding tokens of the boxes: [N, 30, D]; null: fusers switched off. */
  readonly objects: Tensor | null;
  readonly groups: number;
  readonly epsilon: number;
  readonly policy: AttentionMethod;
  readonly probes: ProbeSink | null;
}

/** Size of the feature map whose pixels are the tokens. */
export interface FeatureSize {
  readonly height: number;
  readonly width: number;
}

/** Asks the sink whether it wants a map, and gives it the map once it is made. */
export interface ProbePoint {
  readonly wanted: boolean;
  add(map: Tensor | null): void;
}

export function probePoint(
  { probes }: UnetContext,
  layer: string,
  kind: ProbeKind,
  { height, width }: FeatureSize,
  heads: number,
): ProbePoint {
  const site = { layer, kind, height, width, heads };
  return {
    wanted: probes?.wants(site) ?? false,
    add: (map) => {
      if (map) probes?.add({ ...site, map });
    },
  };
}
