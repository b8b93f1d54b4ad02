import { UserError } from '../errors.ts';
import type { DType } from '../graph/dtype.ts';
import type { Graph } from '../graph/graph.ts';
import { cast } from '../graph/ops/elementwise.ts';
import { sizeAt, type Shape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { requireTensor, type TensorDirectory, type TensorEntry } from '../weights/tensorDirectory.ts';
import type { TensorDtype } from '../weights/tensorDtype.ts';
import type { AppliedLora } from './lowRank.ts';

/** Stored types that ONNX Runtime casts to float32 on every provider. */
const readable: Partial<Record<TensorDtype, DType>> = {
  float32: 'float32',
  float16: 'float16',
  bfloat16: 'bfloat16',
};

/**
 * The weights of one layer and of the layers inside it, as float32 tensors of a graph. They stay where they
 * are, in the user's file; half precision is cast by the graph.
 */
export class Weights {
  readonly graph: Graph;
  /** LoRAs whose branches the layers get. */
  readonly loras: readonly AppliedLora[];
  private readonly directory: TensorDirectory;
  private readonly prefix: string;
  /** By full name and shape, so that a layer used twice is cast once. */
  private readonly loaded: Map<string, Tensor>;

  constructor(
    graph: Graph,
    directory: TensorDirectory,
    loras: readonly AppliedLora[] = [],
    prefix = '',
    loaded = new Map<string, Tensor>(),
  ) {
    this.graph = graph;
    this.directory = directory;
    this.loras = loras;
    this.prefix = prefix;
    this.loaded = loaded;
  }

  /** Layer path as diffusers names it: "down_blocks.0.attentions.1". */
  get path(): string {
    return this.prefix.slice(0, -1);
  }

  /** Builds the layer `name` inside this one: its weights, its scope in the graph. */
  layer<T>(name: string, build: (weights: Weights) => T): T {
    const prefix = `${this.prefix}${name}.`;
    const weights = new Weights(this.graph, this.directory, this.loras, prefix, this.loaded);
    return this.graph.scope(name, () => build(weights));
  }

  /**
   * The tensor `name` of this layer.
   *
   * @param shape what the model's config asks for
   * @param read another shape of the same size to read it with: a 1x1 convolution as the matrix it is
   * @throws UserError when the tensor is missing, or has another shape or a type that is not read
   */
  tensor(name: string, shape: Shape, read: Shape = shape): Tensor {
    const fullName = `${this.prefix}${name}`;
    const key = `${fullName} ${read.join()}`;
    const known = this.loaded.get(key);
    if (known) return known;
    const entry = requireTensor(this.directory, fullName, shape);
    const dtype = readable[entry.dtype];
    if (dtype === undefined) {
      throw new UserError(
        `${this.directory.source}: tensor "${fullName}" is stored as ${entry.dtype}; only float32, float16 and ` +
          'bfloat16 weights are read, convert the file to one of these.',
      );
    }
    const tensor = this.placed(entry, fullName, dtype, read);
    this.loaded.set(key, tensor);
    return tensor;
  }

  /** One half of the tensor `name` along its first axis, whose size is even: a part of the same bytes. Checked as `tensor` does. */
  half(name: string, shape: Shape, index: 0 | 1): Tensor {
    this.tensor(name, shape);
    const fullName = `${this.prefix}${name}`;
    const entry = requireTensor(this.directory, fullName, shape);
    const byteLength = entry.byteLength / 2;
    const part = { ...entry, byteLength, offset: entry.offset + index * byteLength };
    return this.foreign(part, `${fullName} half ${index}`, [sizeAt(shape, 0) / 2, ...shape.slice(1)]);
  }

  /** A tensor of another file, which was checked when that was opened. */
  foreign(entry: TensorEntry, name: string, read: Shape): Tensor {
    const dtype = readable[entry.dtype];
    if (dtype === undefined) throw new Error(`tensor "${name}" is stored as ${entry.dtype}`);
    return this.placed(entry, name, dtype, read);
  }

  private placed({ file, offset, byteLength }: TensorEntry, name: string, dtype: DType, read: Shape): Tensor {
    return cast(this.graph.external(name, dtype, read, { file, offset, byteLength }), 'float32');
  }
}
