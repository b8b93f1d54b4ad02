/**
 * A part of the forward pass that the backward pass computes again instead of keeping it (gradient
 * checkpointing, Chen et al. 2016, arXiv 1604.06174). See autodiff.ts for how it is used.
 */
export interface Region {
  readonly id: number;
  readonly name: string;
}
