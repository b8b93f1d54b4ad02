/**
 * The intermediate representation: what a graph consists of, as types alone. Everything else in this folder imports this
 * file, and it imports nothing.
 */

/** Element types of tensors, by ONNX's names; dtype.ts has their numbers and sizes. */
export type DType = 'float32' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'uint8' | 'bool';

/** All shapes are static: a graph is built for one image size, and every mistake shows while it is built. */
export type Shape = readonly number[];

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
  readonly graph: GraphBuilder;
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
  /** Recomputed by the backward pass instead of kept. */
  readonly region: Region | null;
}

/** Type and shape of one output. */
export interface TensorSpec {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** An ONNX operator: how its outputs' types and shapes follow from its inputs, and how it is written down. */
export interface OpDefinition {
  /** ONNX operator name; also the key of its backward rule (vjp/rules.ts). */
  readonly type: string;
  /** '' for ai.onnx. */
  readonly domain: string;
  infer(inputs: readonly Tensor[], parameters: Parameters): readonly TensorSpec[];
  /** ONNX attributes. Much that is static here ONNX wants as an input tensor (axes, shapes): not those. */
  attributes(parameters: Parameters): Parameters;
  /** ONNX input position of each input where some optional ones are left out; null: in order. */
  readonly slots: readonly number[] | null;
  /** Outputs after the first may be left out of the file when nothing uses them (a kernel may save the work). */
  readonly optionalOutputs: boolean;
}

/**
 * A part of the forward pass that the backward pass computes again instead of keeping it (gradient
 * checkpointing, Chen et al. 2016, arXiv 1604.06174). See recomputation.ts for how it is used.
 */
export interface Region {
  readonly id: number;
  readonly name: string;
}

/** The values of a constant, by element type (Uint16Array: float16). */
export type TypedData = Float32Array | Uint16Array | BigInt64Array | Int32Array | Uint8Array;

/** What an op may ask of the graph that its inputs belong to (graph.ts). */
export interface GraphBuilder {
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly Tensor[];
  /** A value fed at every run. */
  input(name: string, dtype: DType, shape: Shape): Tensor;
  /** A small value embedded in the model; equal ones are stored once. */
  constant(data: TypedData, shape: Shape, dtype?: DType): Tensor;
  /** A float32 constant of shape []. */
  scalar(value: number): Tensor;
  /** A constant of one value throughout; equal ones are stored once. */
  filled(value: number, shape: Shape): Tensor;
  /** A constant list of int64, as shapes and axes are passed to ONNX ops. */
  ints(values: readonly number[]): Tensor;
  /** A weight that stays where it is, in the user's file. The same bytes are one initializer. */
  external(name: string, dtype: DType, shape: Shape, data: ExternalData): Tensor;
  /** Applies an op; throws a ShapeError that names the layer when its inputs do not fit. */
  apply(op: OpDefinition, inputs: readonly Tensor[], parameters?: Parameters): readonly Tensor[];
  /** Applies an op with one output (or whose first output is the one that matters). */
  apply1(op: OpDefinition, inputs: readonly Tensor[], parameters?: Parameters): Tensor;
  /** Names everything built in `build` after a layer. */
  scope<T>(name: string, build: () => T): T;
  /** Marks everything built in `build` for recomputation in the backward pass. */
  recompute<T>(name: string, build: () => T): T;
}
