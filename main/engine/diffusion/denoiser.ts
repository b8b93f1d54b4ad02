import type { PhaseGradients } from '../isac/latentStep.ts';

/** A layout's feeds for the objective, without the schedule's weights. */
export type Feeds = Readonly<Record<string, Float32Array>>;

/** What the objective saw at one timestep. */
export interface Observation {
  /** L_ins, L_sem, the grounding loss and the total of equation 13. */
  readonly losses: Float32Array;
  /** Instance masks M, [boxes, HW] at the size of the highest probe. */
  readonly masks: Float32Array;
  /** Semantic maps of the boxes, [boxes, HW]. */
  readonly semantic: Float32Array;
  /** Foreground gate, [HW], 0 or 1. */
  readonly foreground: Float32Array;
  /** Each box's share of each pixel by attention to grounding tokens, [boxes, HW]; null unless masks are made of it. */
  readonly grounding: Float32Array | null;
}

/** What the text and the boxes condition: the caption's hidden states [L, D] and grounding tokens [30, D]. */
export interface Conditioning {
  readonly hidden: Float32Array;
  readonly objects: Float32Array;
}

/**
 * The UNet as sampling sees it. All latents are one image's model input [C, h, w]; `grounded` false switches the
 * fusers off (GLIGEN's scheduled sampling).
 */
export interface Denoiser {
  /** Predictions without and with the caption, for classifier-free guidance. */
  predict(latents: Float32Array, timestep: number, grounded: boolean): Promise<Guided>;
  /** The same, and what the objective sees on the conditional branch; no gradient. */
  observe(
    latents: Float32Array,
    timestep: number,
    grounded: boolean,
    feeds: Feeds,
  ): Promise<Guided & { seen: Observation }>;
  /** The prediction without the caption alone. */
  predictUnconditional(latents: Float32Array, timestep: number, grounded: boolean): Promise<Float32Array>;
  /** The objective and its gradient with respect to the latents, in one run. */
  gradient(latents: Float32Array, timestep: number, grounded: boolean, feeds: Feeds): Promise<Descent>;
}

export interface Descent {
  /** Of the weighed sum, or of each phase. */
  readonly gradient: Float32Array | PhaseGradients;
  readonly seen: Observation;
  /** The prediction with the caption at the same latents; null unless it is used again. */
  readonly conditional: Float32Array | null;
}

export interface Guided {
  readonly unconditional: Float32Array;
  readonly conditional: Float32Array;
}
