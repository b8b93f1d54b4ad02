import type { DType } from './dtype.ts';
import type { Shape } from './shape.ts';
import type { Parameters, Tensor } from './tensor.ts';

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

/** Defines an operator; `infer` may return one spec for an op with one output. */
export function defineOp(definition: {
  type: string;
  domain?: string;
  slots?: readonly number[];
  optionalOutputs?: boolean;
  infer: (inputs: readonly Tensor[], parameters: Parameters) => TensorSpec | readonly TensorSpec[];
  attributes?: (parameters: Parameters) => Parameters;
}): OpDefinition {
  const {
    type,
    domain = '',
    slots = null,
    optionalOutputs = false,
    infer,
    attributes = () => ({}),
  } = definition;
  return {
    type,
    domain,
    slots,
    optionalOutputs,
    attributes,
    infer: (inputs, parameters) => {
      const specs = infer(inputs, parameters);
      return 'shape' in specs ? [specs] : specs;
    },
  };
}

/** The i-th of a node's tensors; a missing one is a mistake in an op's definition. */
export function tensorAt(tensors: readonly Tensor[], index: number): Tensor {
  const tensor = tensors[index];
  if (tensor === undefined) throw new Error(`an op has no tensor ${index}`);
  return tensor;
}

/** An integer parameter. */
export function intOf(parameters: Parameters, name: string): number {
  const value = parameters[name];
  if (typeof value !== 'number') throw new Error(`parameter "${name}" is not an integer`);
  return value;
}

/** A parameter that is a float. */
export function floatOf(parameters: Parameters, name: string): number {
  const value = parameters[name];
  if (typeof value !== 'object' || !('float' in value)) throw new Error(`parameter "${name}" is not a float`);
  return value.float;
}

/** A parameter that is a list of integers. */
export function intsOf(parameters: Parameters, name: string): readonly number[] {
  const value = parameters[name];
  if (!Array.isArray(value)) throw new Error(`parameter "${name}" is not a list`);
  return value as readonly number[];
}
