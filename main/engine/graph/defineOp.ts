import type { OpDefinition, Parameters, Tensor, TensorSpec } from './ir.ts';

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
