import { UserError } from '../errors.ts';
import type { TensorDirectory } from './tensorDirectory.ts';
import { weightDtypes } from './tensorDtype.ts';

/** Shapes of tensors by name, as a config asks for them (models/recordedTensors.ts). */
export type ExpectedTensors = ReadonlyMap<string, readonly number[]>;

/** How weights differ from what their config asks for. */
export interface TensorGaps {
  readonly missing: readonly { readonly name: string; readonly expected: readonly number[] }[];
  readonly misshapen: readonly {
    readonly name: string;
    readonly expected: readonly number[];
    readonly found: readonly number[];
  }[];
}

/** What is missing of a network, tensor by tensor. Tensors that nobody asked for don't count. */
export function findGaps(directory: TensorDirectory, expected: ExpectedTensors): TensorGaps {
  const missing: { name: string; expected: readonly number[] }[] = [];
  const misshapen: { name: string; expected: readonly number[]; found: readonly number[] }[] = [];
  for (const [name, shape] of expected) {
    const found = directory.get(name)?.shape;
    if (found === undefined) missing.push({ name, expected: shape });
    else if (!fits(found, shape)) misshapen.push({ name, expected: shape, found });
  }
  return { missing, misshapen };
}

function fits(found: readonly number[], expected: readonly number[]): boolean {
  return found.length === expected.length && found.every((axis, index) => axis === expected[index]);
}

/** The gaps in one sentence; null when there are none. */
export function gapsSentence(directory: TensorDirectory, gaps: TensorGaps): string | null {
  const [missing] = gaps.missing;
  const [misshapen] = gaps.misshapen;
  const parts: string[] = [];
  if (missing !== undefined) {
    const count = gaps.missing.length;
    parts.push(
      count === 1
        ? `the tensor "${missing.name}" [${missing.expected.join(', ')}] is missing`
        : `${count} tensors are missing, "${missing.name}" [${missing.expected.join(', ')}] first`,
    );
  }
  if (misshapen !== undefined) {
    parts.push(
      `${gaps.misshapen.length} ${gaps.misshapen.length === 1 ? 'tensor has' : 'tensors have'} another shape than ` +
        `the model's config asks for, "${misshapen.name}" [${misshapen.found.join(', ')}] instead of ` +
        `[${misshapen.expected.join(', ')}] first`,
    );
  }
  return parts.length === 0 ? null : `${directory.source}: ${parts.join(', and ')}.`;
}

/** Tensors of types that are not read, in one sentence; null when there are none. */
export function typesSentence(directory: TensorDirectory, expected: ExpectedTensors): string | null {
  const known: readonly string[] = weightDtypes;
  const strange = [...expected.keys()].flatMap((name) => {
    const dtype = directory.get(name)?.dtype;
    return dtype === undefined || known.includes(dtype) ? [] : [`"${name}" as ${dtype}`];
  });
  if (strange.length === 0) return null;
  const count = strange.length === 1 ? 'a tensor is' : `${strange.length} tensors are`;
  return `${directory.source}: ${count} stored in a type that is not read, ${strange[0]} first; take the model in float32, float16 or bfloat16.`;
}

/** Weights that lack tensors: the sentence names the first, `gaps` all of them. */
export class IncompleteWeights extends UserError {
  readonly source: string;
  readonly gaps: TensorGaps;

  constructor(message: string, source: string, gaps: TensorGaps) {
    super(message);
    this.source = source;
    this.gaps = gaps;
  }
}

/** @throws IncompleteWeights naming what is missing */
export function requireComplete(directory: TensorDirectory, expected: ExpectedTensors): void {
  const gaps = findGaps(directory, expected);
  const sentence = gapsSentence(directory, gaps);
  if (sentence !== null) throw new IncompleteWeights(sentence, directory.source, gaps);
}
