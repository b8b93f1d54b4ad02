import { UserError } from '../errors.ts';
import type { DType, Shape, Tensor } from '../graph/ir.ts';
import type { Graph } from '../graph/graph.ts';
import { cast } from '../graph/ops/elementwise.ts';
import { sizeAt } from '../graph/shape.ts';
import type { TensorEntry } from '../weights/tensorDirectory.ts';
import type { TensorDtype } from '../weights/tensorDtype.ts';
import type { Precision } from '../../../preload/contract/precision.ts';
import { requireParameter, type ParameterSource } from './parameterSource.ts';
import { undecorated, type DecoratedLayer, type LayerDecorator } from './layerDecorator.ts';

/** Stored types that ONNX Runtime casts to float32 on every provider. */
const readable: Partial<Record<TensorDtype, DType>> = {
  float32: 'float32',
  float16: 'float16',
  bfloat16: 'bfloat16',
};

/**
 * The parameters of one layer and of the layers inside it, as tensors of a graph in the type that the network computes in
 * (norms and the softmax take float32 in any case).
 * They stay where they are, in the user's file; other types are cast by the graph.
 */
export class ParameterScope implements DecoratedLayer {
  readonly graph: Graph;
  /** What changes the layers' outputs beside these parameters. */
  readonly decorator: LayerDecorator;
  readonly precision: Precision;
  private readonly parameters: ParameterSource;
  private readonly prefix: string;
  /** By full name, type and shape, so that a layer used twice is cast once. */
  private readonly loaded: Map<string, Tensor>;

  constructor(
    graph: Graph,
    parameters: ParameterSource,
    decorator: LayerDecorator = undecorated,
    precision: Precision = 'float32',
    prefix = '',
    loaded = new Map<string, Tensor>(),
  ) {
    this.graph = graph;
    this.parameters = parameters;
    this.decorator = decorator;
    this.precision = precision;
    this.prefix = prefix;
    this.loaded = loaded;
  }

  /** Layer path as diffusers names it: "down_blocks.0.attentions.1". */
  get path(): string {
    return this.prefix.slice(0, -1);
  }

  /** Builds the layer `name` inside this one: its weights, its scope in the graph. */
  layer<T>(name: string, build: (weights: ParameterScope) => T): T {
    const prefix = `${this.prefix}${name}.`;
    const inner = new ParameterScope(
      this.graph,
      this.parameters,
      this.decorator,
      this.precision,
      prefix,
      this.loaded,
    );
    return this.graph.scope(name, () => build(inner));
  }

  /**
   * The tensor `name` of this layer.
   *
   * @param shape what the model's config asks for
   * @param read another shape of the same size to read it with: a 1x1 convolution as the matrix it is
   * @param precision another type than the network computes in
   * @throws UserError when the tensor is missing, or has another shape or a type that is not read
   */
  tensor(name: string, shape: Shape, read: Shape = shape, precision: Precision = this.precision): Tensor {
    const fullName = `${this.prefix}${name}`;
    const key = `${fullName} ${precision} ${read.join()}`;
    const known = this.loaded.get(key);
    if (known) return known;
    const entry = requireParameter(this.parameters, fullName, shape);
    const dtype = readable[entry.dtype];
    if (dtype === undefined) {
      throw new UserError(
        `${this.parameters.source}: tensor "${fullName}" is stored as ${entry.dtype}; only float32, float16 and ` +
          'bfloat16 weights are read, convert the file to one of these.',
      );
    }
    const tensor = this.placed(entry, fullName, dtype, read, precision);
    this.loaded.set(key, tensor);
    return tensor;
  }

  /** One half of the tensor `name` along its first axis, whose size is even: a part of the same bytes. Checked as `tensor` does. */
  half(name: string, shape: Shape, index: 0 | 1): Tensor {
    this.tensor(name, shape);
    const fullName = `${this.prefix}${name}`;
    const entry = requireParameter(this.parameters, fullName, shape);
    const byteLength = entry.byteLength / 2;
    const part = { ...entry, byteLength, offset: entry.offset + index * byteLength };
    return this.foreign(part, `${fullName} half ${index}`, [sizeAt(shape, 0) / 2, ...shape.slice(1)]);
  }

  /** A tensor of another file, which was checked when that was opened. */
  foreign(entry: TensorEntry, name: string, read: Shape): Tensor {
    const dtype = readable[entry.dtype];
    if (dtype === undefined) throw new Error(`tensor "${name}" is stored as ${entry.dtype}`);
    return this.placed(entry, name, dtype, read, this.precision);
  }

  private placed(
    { file, offset, byteLength }: TensorEntry,
    name: string,
    dtype: DType,
    read: Shape,
    precision: Precision,
  ): Tensor {
    return cast(this.graph.external(name, dtype, read, { file, offset, byteLength }), precision);
  }
}
