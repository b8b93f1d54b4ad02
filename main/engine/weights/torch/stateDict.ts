import type { TensorDtype } from '../tensorDtype.ts';
import type { PickleRules } from './pickle.ts';
import { PickleTuple } from './pickle.ts';

/** A run of numbers that tensors of a torch file are views of. */
export class StorageReference {
  readonly dtype: TensorDtype;
  /** Its data is the zip entry `<archive>/data/<key>`. */
  readonly key: string;
  /** Number of elements. */
  readonly size: number;
  constructor(dtype: TensorDtype, key: string, size: number) {
    this.dtype = dtype;
    this.key = key;
    this.size = size;
  }
}

/** A view of a storage; offset and strides count elements. */
export class TensorReference {
  readonly storage: StorageReference;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(
    storage: StorageReference,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
  ) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }

  /** Whether the elements lie one after the other in row-major order, as they are read. */
  get contiguous(): boolean {
    let expected = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis -= 1) {
      const size = this.shape[axis] ?? 0;
      if (size === 0) return true;
      if (size > 1 && this.strides[axis] !== expected) return false;
      expected *= size;
    }
    return true;
  }
}

class StorageType {
  readonly dtype: TensorDtype;
  constructor(dtype: TensorDtype) {
    this.dtype = dtype;
  }
}

const rebuildTensor = { name: 'torch._utils._rebuild_tensor_v2' };
const orderedDict = { name: 'collections.OrderedDict' };

/** The only names that a file of tensors may hold (torch/_utils.py, torch/serialization.py). */
const globals: ReadonlyMap<string, object> = new Map<string, object>([
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['collections.OrderedDict', orderedDict],
  ['torch.DoubleStorage', new StorageType('float64')],
  ['torch.FloatStorage', new StorageType('float32')],
  ['torch.HalfStorage', new StorageType('float16')],
  ['torch.BFloat16Storage', new StorageType('bfloat16')],
  ['torch.LongStorage', new StorageType('int64')],
  ['torch.IntStorage', new StorageType('int32')],
  ['torch.ShortStorage', new StorageType('int16')],
  ['torch.CharStorage', new StorageType('int8')],
  ['torch.ByteStorage', new StorageType('uint8')],
  ['torch.BoolStorage', new StorageType('bool')],
]);

const MAX_AXES = 16;

/** A pickle of `torch.save`: storages, tensors over them and dictionaries of tensors, nothing else. */
export const stateDictRules: PickleRules = {
  global: (name) => globals.get(name),
  persistent: (id) => {
    if (!(id instanceof PickleTuple)) return undefined;
    const [kind, type, key, , size] = id.items;
    if (kind !== 'storage' || !(type instanceof StorageType)) return undefined;
    if (typeof key !== 'string' || !isCount(size)) return undefined;
    return new StorageReference(type.dtype, key, size);
  },
  call: (callable, args) => {
    if (callable === orderedDict && args.length === 0) return new Map<unknown, unknown>();
    if (callable !== rebuildTensor) return undefined;
    const [storage, offset, shape, strides] = args;
    if (!(storage instanceof StorageReference) || !isCount(offset)) return undefined;
    const sizes = counts(shape);
    const steps = counts(strides);
    if (sizes === undefined || steps === undefined || sizes.length !== steps.length) return undefined;
    return new TensorReference(storage, offset, sizes, steps);
  },
};

function counts(value: unknown): number[] | undefined {
  if (!(value instanceof PickleTuple) || value.items.length > MAX_AXES) return undefined;
  return value.items.every(isCount) ? [...value.items] : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/**
 * The tensors of an unpickled file by name. A checkpoint's `state_dict` counts as the file itself; dictionaries
 * one level down (GLIGEN's own files: model, autoencoder, text_encoder) give names like `model.<name>`. Numbers
 * and texts beside them, such as a step counter, are left out.
 */
export function tensorsOf(root: unknown): ReadonlyMap<string, TensorReference> {
  const tensors = new Map<string, TensorReference>();
  if (!(root instanceof Map)) return tensors;
  const inner: unknown = root.get('state_dict');
  const dictionary: ReadonlyMap<unknown, unknown> = inner instanceof Map ? inner : root;
  for (const [name, value] of dictionary) {
    if (typeof name !== 'string') continue;
    if (value instanceof TensorReference) tensors.set(name, value);
    else if (value instanceof Map) {
      for (const [own, tensor] of value as ReadonlyMap<unknown, unknown>) {
        if (typeof own === 'string' && tensor instanceof TensorReference)
          tensors.set(`${name}.${own}`, tensor);
      }
    }
  }
  return tensors;
}
