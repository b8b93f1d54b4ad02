import { UserError } from '../errors.ts';
import type { TensorDtype } from './tensorDtype.ts';

/**
 * Where a tensor's bytes lie. They are never copied: the graph's initializers point at them as ONNX
 * external data. Values are little-endian, contiguous and row-major.
 */
export interface TensorEntry {
  /** Absolute path with every symbolic link resolved (onnxruntime refuses links out of the model's folder). */
  readonly file: string;
  /** Byte offset from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
  readonly dtype: TensorDtype;
  /** Row-major; [] is a scalar. */
  readonly shape: readonly number[];
}

/**
 * The tensors of one model part by name, wherever they are stored: one safetensors file, several shards,
 * an adapter over a base model.
 */
export interface TensorDirectory {
  /** What a message calls it: a path, or several. */
  readonly source: string;
  readonly names: readonly string[];
  get(name: string): TensorEntry | undefined;
}

/** A directory over a plain map. */
export function tensorDirectory(source: string, entries: ReadonlyMap<string, TensorEntry>): TensorDirectory {
  return { source, names: [...entries.keys()], get: (name) => entries.get(name) };
}

/**
 * The entry of a tensor that must be there.
 *
 * @param shape when given, the shape the model's config asks for
 * @throws UserError when it is missing or has another shape
 */
export function requireTensor(
  directory: TensorDirectory,
  name: string,
  shape?: readonly number[],
): TensorEntry {
  const entry = directory.get(name);
  if (entry === undefined) {
    throw new UserError(
      `${directory.source}: tensor "${name}" is missing; the file is incomplete or belongs to another model.`,
    );
  }
  if (shape !== undefined && !sameShape(entry.shape, shape)) {
    throw new UserError(
      `${directory.source}: tensor "${name}" has shape [${entry.shape.join(', ')}], ` +
        `the model's config asks for [${shape.join(', ')}]; config.json and weights don't belong together.`,
    );
  }
  return entry;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/**
 * One directory out of several, such as the shards of a model or a base model with an adapter.
 *
 * @throws UserError when two of them hold the same name: which one is meant can't be told
 */
export function joinDirectories(parts: readonly TensorDirectory[]): TensorDirectory {
  const entries = new Map<string, TensorEntry>();
  const owner = new Map<string, string>();
  for (const part of parts) {
    for (const name of part.names) {
      const first = owner.get(name);
      if (first !== undefined) {
        throw new UserError(
          `Tensor "${name}" is both in ${first} and in ${part.source}; leave one of the files out.`,
        );
      }
      const entry = part.get(name);
      if (entry !== undefined) {
        entries.set(name, entry);
        owner.set(name, part.source);
      }
    }
  }
  return tensorDirectory(parts.map((part) => part.source).join(' + '), entries);
}

/**
 * The same tensors under other names (and, where `reshape` says so, read with another shape of the same size).
 *
 * @throws UserError when two tensors would get the same name
 */
export function renameTensors(
  directory: TensorDirectory,
  rename: (name: string) => string,
  reshape: (name: string, shape: readonly number[]) => readonly number[] = (_, shape) => shape,
): TensorDirectory {
  const entries = new Map<string, TensorEntry>();
  for (const name of directory.names) {
    const entry = directory.get(name);
    if (entry === undefined) continue;
    const renamed = rename(name);
    if (entries.has(renamed)) {
      throw new UserError(
        `${directory.source}: "${name}" and another tensor are both names of "${renamed}"; the file is ambiguous.`,
      );
    }
    entries.set(renamed, { ...entry, shape: reshape(renamed, entry.shape) });
  }
  return tensorDirectory(directory.source, entries);
}
