import type { TensorDirectory, TensorEntry } from '../weights/tensorDirectory.ts';
import { requireTensor } from '../weights/tensorDirectory.ts';

/** Gives a network the tensors that it asks for: of a model, or of none (recordedTensors.ts). */
export interface ParameterRecorder {
  /** What a message calls it. */
  readonly source: string;
  /** An entry for a tensor of this name and shape. */
  record(name: string, shape: readonly number[]): TensorEntry;
}

/** Where a network's parameters come from. */
export type ParameterSource = TensorDirectory | ParameterRecorder;

/**
 * The entry of a parameter.
 *
 * @param shape what the model's config asks for
 * @throws UserError when a directory lacks it or has it in another shape
 */
export const requireParameter = (
  source: ParameterSource,
  name: string,
  shape: readonly number[],
): TensorEntry => ('record' in source ? source.record(name, shape) : requireTensor(source, name, shape));
