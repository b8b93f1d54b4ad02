import type { TensorEntry } from '../tensorDirectory.ts';

/** The low-rank branch of one layer (Hu et al. 2021): y + scale * up(mid(down(x))). */
export interface LoraLayer {
  /** [rank, in] of a linear layer, [rank, in, k, k] of a convolution; [rank, in, 1, 1] where there is a `mid`. */
  readonly down: TensorEntry;
  /** LyCORIS' convolution in three steps (Tucker, CP): [rank, rank, k, k]; null: there are two. */
  readonly mid: TensorEntry | null;
  /** [out, rank], [out, rank, 1, 1]. */
  readonly up: TensorEntry;
  readonly rank: number;
  /** alpha / rank. */
  readonly scale: number;
}

/** Layers by their path as diffusers and transformers name it: "down_blocks.0.attentions.0.proj_in". */
export type LoraLayers = ReadonlyMap<string, LoraLayer>;

/** What a LoRA file changes. Its tensors stay where they are. */
export interface Lora {
  /** Absolute, links resolved. */
  readonly file: string;
  readonly unet: LoraLayers;
  readonly textEncoder: LoraLayers;
  /** What in the file was left out, as sentences; empty when everything is used. */
  readonly notes: readonly string[];
}

export type LoraPart = 'unet' | 'textEncoder';
