import type { TensorDtype } from '../tensorDtype.ts';
import type { PickleRules } from './pickle.ts';
import { PickleClass, PickleFiller, PickleTuple } from './pickle.ts';

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

/** Python's functions and classes that a checkpoint may use, each by what stands in for it. */
type Kind = 'tensor' | 'parameter' | 'subclass' | 'dictionary' | 'filler';

class KnownCallable {
  readonly kind: Kind;
  constructor(kind: Kind) {
    this.kind = kind;
  }
}

const callables: Readonly<Record<Kind, readonly string[]>> = {
  tensor: ['torch._utils._rebuild_tensor', 'torch._utils._rebuild_tensor_v2'],
  parameter: ['torch._utils._rebuild_parameter', 'torch._utils._rebuild_parameter_with_state'],
  subclass: ['torch._tensor._rebuild_from_type', 'torch._tensor._rebuild_from_type_v2'],
  dictionary: [
    'collections.OrderedDict',
    'collections.defaultdict',
    'collections.Counter',
    'builtins.dict',
    '__builtin__.dict',
    'pytorch_lightning.utilities.parsing.AttributeDict',
    'lightning.pytorch.utilities.parsing.AttributeDict',
    'lightning_fabric.utilities.data.AttributeDict',
    'lightning.fabric.utilities.data.AttributeDict',
    'easydict.EasyDict',
  ],
  // Settings, step counters and the like beside the tensors: what they hold is left out.
  filler: [
    ...['numpy.core.multiarray', 'numpy._core.multiarray'].flatMap((module) => [
      `${module}.scalar`,
      `${module}._reconstruct`,
    ]),
    'numpy.dtype',
    'numpy.ndarray',
    '_codecs.encode',
    'builtins.set',
    'builtins.frozenset',
    'builtins.bytearray',
    'builtins.slice',
    'builtins.complex',
    '__builtin__.set',
    '__builtin__.frozenset',
    '__builtin__.bytearray',
    'collections.deque',
    'torch.Size',
    'torch.device',
    'torch.Generator',
    'pathlib.Path',
    'pathlib.PosixPath',
    'pathlib.WindowsPath',
    'pathlib.PurePosixPath',
    'argparse.Namespace',
    'types.SimpleNamespace',
    'datetime.datetime',
    'datetime.date',
    'datetime.timedelta',
    'uuid.UUID',
    'decimal.Decimal',
    'fractions.Fraction',
    'omegaconf.dictconfig.DictConfig',
    'omegaconf.listconfig.ListConfig',
    'omegaconf.base.ContainerMetadata',
    'omegaconf.base.Metadata',
    'omegaconf.nodes.AnyNode',
    'omegaconf.nodes.BooleanNode',
    'omegaconf.nodes.FloatNode',
    'omegaconf.nodes.IntegerNode',
    'omegaconf.nodes.StringNode',
  ],
};

/** Names without a capital that are classes or constants: they may be mentioned, as a class may. */
const MENTIONED =
  /^(?:builtins|__builtin__)\.(?:int|float|bool|str|bytes|list|tuple|object|type|NoneType)$|^numpy\.(?:u?int\d+|float\d+|bool_?|object_|str_)$|^torch\.(?:float\d*|double|half|bfloat16|float8_\w+|u?int\d*|short|long|bool|complex\d+|strided|sparse_\w+|\w+_format|channels_last)$/;

/** A class by Python's convention: its own name begins with a capital. Functions don't, and are refused unless listed. */
const CLASS = /^[\w.]+\.(?:<locals>\.)?_?[A-Z]\w*$/;

/** What stands for the names that a file of tensors may hold (torch/_utils.py, torch/serialization.py). */
const globals: ReadonlyMap<string, object> = new Map<string, object>([
  ...Object.entries(callables).flatMap(([kind, names]) =>
    names.map((name): [string, object] => [name, new KnownCallable(kind as Kind)]),
  ),
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

/**
 * A pickle of `torch.save`: storages, tensors over them and dictionaries of tensors. What a training program leaves beside
 * them (callbacks, settings, numpy's scalars) becomes fillers. Nothing is imported or called; a function, or the use of
 * a class, that is not listed above is refused by name.
 */
export const stateDictRules: PickleRules = {
  global: (name) => globals.get(name) ?? mentioned(name),
  persistent: (id) => {
    if (!(id instanceof PickleTuple)) return undefined;
    const [kind, type, key, , size] = id.items;
    if (kind !== 'storage' || !(type instanceof StorageType)) return undefined;
    if (typeof key !== 'string' || !isCount(size)) return undefined;
    return new StorageReference(type.dtype, key, size);
  },
  call,
  create: (stand) => {
    if (!(stand instanceof KnownCallable)) return undefined;
    if (stand.kind === 'dictionary') return new Map<unknown, unknown>();
    return stand.kind === 'filler' ? new PickleFiller() : undefined;
  },
};

function call(callable: unknown, args: readonly unknown[]): object | undefined {
  if (!(callable instanceof KnownCallable)) return undefined;
  switch (callable.kind) {
    case 'tensor':
      return tensorOf(args);
    case 'parameter':
      return args[0] instanceof TensorReference ? args[0] : undefined;
    case 'subclass': {
      const [rebuild, , inner] = args;
      return inner instanceof PickleTuple ? call(rebuild, inner.items) : undefined;
    }
    case 'dictionary':
      return dictionaryOf(args);
    case 'filler':
      return new PickleFiller();
  }
}

function mentioned(name: string): object | undefined {
  return CLASS.test(name) || MENTIONED.test(name) ? new PickleClass(name) : undefined;
}

/** `_rebuild_tensor(storage, offset, shape, strides, ...)`. */
function tensorOf([storage, offset, shape, strides]: readonly unknown[]): TensorReference | undefined {
  if (!(storage instanceof StorageReference) || !isCount(offset)) return undefined;
  const sizes = counts(shape);
  const steps = counts(strides);
  if (sizes === undefined || steps === undefined || sizes.length !== steps.length) return undefined;
  return new TensorReference(storage, offset, sizes, steps);
}

/** `OrderedDict()`, `OrderedDict([[key, value], ...])` as Python 2 wrote it, `defaultdict(dict, {...})`. */
function dictionaryOf(args: readonly unknown[]): Map<unknown, unknown> | undefined {
  const content = args.at(-1);
  if (
    content === undefined ||
    content instanceof PickleClass ||
    content instanceof KnownCallable ||
    content === null
  )
    return new Map();
  if (content instanceof Map) return content;
  if (!Array.isArray(content)) return undefined;
  const map = new Map<unknown, unknown>();
  for (const pair of content as readonly unknown[]) {
    const items = pair instanceof PickleTuple ? pair.items : Array.isArray(pair) ? (pair as unknown[]) : [];
    if (items.length !== 2) return undefined;
    map.set(items[0], items[1]);
  }
  return map;
}

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
