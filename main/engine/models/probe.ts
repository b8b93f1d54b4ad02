import type { Tensor } from '../graph/ir.ts';

/** self: pixels to pixels. cross: pixels to caption tokens. grounding: pixels to the boxes' grounding tokens. */
export type ProbeKind = 'self' | 'cross' | 'grounding';

/** Where in a model an attention map arises. */
export interface ProbeSite {
  /** Layer path as diffusers names it: "down_blocks.0.attentions.1.transformer_blocks.0". */
  readonly layer: string;
  readonly kind: ProbeKind;
  /** Size of the feature map whose positions attend. */
  readonly height: number;
  readonly width: number;
  /** Heads that the map is the mean of: a mean over layers and heads counts it so often. */
  readonly heads: number;
}

/**
 * An attention map that a model exposes: the mean over heads of softmax(Q K^T / sqrt(d)) for one image,
 * [height * width, keys]. The objective sees probes, never a model's insides.
 */
export interface Probe extends ProbeSite {
  readonly map: Tensor;
}

/** What a model is asked to expose. */
export interface ProbeSink {
  wants(site: ProbeSite): boolean;
  add(probe: Probe): void;
}
