import type { DType } from './dtype.ts';
import type { Graph } from './graph.ts';
import type { OpDefinition } from './op.ts';
import type { Region } from './region.ts';
import type { Shape } from './shape.ts';

/** Where an initializer's bytes lie: in place, inside the user's own weights file. */
export interface ExternalData {
  /** Absolute path, symbolic links resolved. */
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

export type TensorSource =
  | { readonly kind: 'input' }
  | { readonly kind: 'constant'; readonly data: Uint8Array }
  | { readonly kind: 'external'; readonly data: ExternalData }
  | { readonly kind: 'node'; readonly node: GraphNode };

/** A value of the graph: known type and static shape, no data until it runs. */
export interface Tensor {
  readonly graph: Graph;
  /** Unique in its graph; grows in the order of creation, which is a topological order. */
  readonly id: number;
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly source: TensorSource;
}

export type ParameterValue = number | string | readonly number[] | { readonly float: number };

/** Static parameters of an op: a number is an int, `{ float }` a float, a list ints (as ONNX attributes). */
export type Parameters = Readonly<Record<string, ParameterValue>>;

/** One application of an op. */
export interface GraphNode {
  readonly id: number;
  readonly op: OpDefinition;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly parameters: Parameters;
  /** Layer path, for messages and for reading a profile: "unet.mid_block.attentions.0". */
  readonly scope: string;
  /** Recomputed by the backward pass instead of kept (region.ts). */
  readonly region: Region | null;
}
