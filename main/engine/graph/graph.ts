import { bytesOf } from './dtype.ts';
import { tensorAt } from './defineOp.ts';
import type {
  DType, ExternalData, GraphBuilder, GraphNode, OpDefinition, Parameters, Region, Shape, Tensor, TensorSource, TypedData,
} from './ir.ts'; // prettier-ignore
import { formatShape, numel, ShapeError } from './shape.ts';

const typeOfData = (data: TypedData): DType => {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint16Array) return 'float16';
  return 'uint8';
};

/**
 * A static tensor graph under construction. Ops (ops/*.ts) append nodes; nothing is executed here.
 * Nodes are kept in the order of creation, which is a topological order.
 */
export class Graph implements GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly inputs: Tensor[] = [];
  private readonly scopes: string[] = [];
  private readonly constants = new Map<string, Tensor>();
  private readonly externals = new Map<string, Tensor>();
  private region: Region | null = null;
  private nextId = 0;
  private nextRegion = 0;

  /** A value fed at every run. */
  input(name: string, dtype: DType, shape: Shape): Tensor {
    if (this.inputs.some((input) => input.name === name)) throw new Error(`input "${name}" exists already`);
    const tensor = this.tensor(name, dtype, shape, { kind: 'input' });
    this.inputs.push(tensor);
    return tensor;
  }

  /** A small value embedded in the model; equal ones are stored once. */
  constant(data: TypedData, shape: Shape, dtype: DType = typeOfData(data)): Tensor {
    if (data.length !== numel(shape)) {
      throw new ShapeError(
        `${this.path()}: constant of ${data.length} values cannot have shape ${formatShape(shape)}`,
      );
    }
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    const key = bytes.length <= 256 ? `${dtype}${formatShape(shape)}${bytes.join()}` : null;
    const known = key === null ? undefined : this.constants.get(key);
    if (known) return known;
    const tensor = this.tensor(`constant_${this.nextId}`, dtype, shape, { kind: 'constant', data: bytes });
    if (key !== null) this.constants.set(key, tensor);
    return tensor;
  }

  scalar(value: number): Tensor {
    return this.constant(new Float32Array([value]), []);
  }

  /** A constant of one value throughout; equal ones are stored once. */
  filled(value: number, shape: Shape): Tensor {
    const key = `filled ${value} ${formatShape(shape)}`;
    const known = this.constants.get(key);
    if (known) return known;
    const tensor = this.constant(new Float32Array(numel(shape)).fill(value), shape);
    this.constants.set(key, tensor);
    return tensor;
  }

  /** A constant list of int64, as shapes and axes are passed to ONNX ops. */
  ints(values: readonly number[]): Tensor {
    return this.constant(new BigInt64Array(values.map(BigInt)), [values.length]);
  }

  /** A weight that stays where it is, in the user's file. The same bytes are one initializer. */
  external(name: string, dtype: DType, shape: Shape, data: ExternalData): Tensor {
    if (numel(shape) * bytesOf(dtype) !== data.byteLength) {
      throw new ShapeError(
        `weight "${name}": shape ${formatShape(shape)} of ${dtype} does not fill ${data.byteLength} bytes`,
      );
    }
    const key = `${data.file}:${data.offset}:${dtype}:${formatShape(shape)}`;
    const known = this.externals.get(key);
    if (known) return known;
    const tensor = this.tensor(name, dtype, shape, { kind: 'external', data });
    this.externals.set(key, tensor);
    return tensor;
  }

  /** Applies an op; throws a ShapeError that names the layer when its inputs do not fit. */
  apply(op: OpDefinition, inputs: readonly Tensor[], parameters: Parameters = {}): readonly Tensor[] {
    for (const input of inputs) {
      if (input.graph !== this)
        throw new Error(`${this.path()}: ${op.type}: "${input.name}" belongs to another graph`);
    }
    const specs = this.located(op, inputs, () => op.infer(inputs, parameters));
    const id = this.nextId++;
    const outputs: Tensor[] = [];
    const node: GraphNode = { id, op, inputs, outputs, parameters, scope: this.path(), region: this.region };
    specs.forEach(({ dtype, shape }, index) => {
      const name = `${node.scope}/${op.type}_${id}${index === 0 ? '' : `_${index}`}`;
      outputs.push(this.tensor(name, dtype, shape, { kind: 'node', node }));
    });
    this.nodes.push(node);
    return outputs;
  }

  /** Applies an op with one output (or whose first output is the one that matters). */
  apply1(op: OpDefinition, inputs: readonly Tensor[], parameters: Parameters = {}): Tensor {
    return tensorAt(this.apply(op, inputs, parameters), 0);
  }

  /** Names everything built in `build` after a layer. */
  scope<T>(name: string, build: () => T): T {
    this.scopes.push(name);
    try {
      return build();
    } finally {
      this.scopes.pop();
    }
  }

  /**
   * Marks everything built in `build` for recomputation in the backward pass. Regions do not nest: an
   * inner one belongs to the outer.
   */
  recompute<T>(name: string, build: () => T): T {
    if (this.region) return build();
    this.region = { id: this.nextRegion++, name: this.path(name) };
    try {
      return build();
    } finally {
      this.region = null;
    }
  }

  private path(...more: string[]): string {
    return [...this.scopes, ...more].join('.') || 'graph';
  }

  private tensor(name: string, dtype: DType, shape: Shape, source: TensorSource): Tensor {
    for (const size of shape) {
      if (!Number.isInteger(size) || size < 0) {
        throw new ShapeError(`${this.path()}: "${name}" cannot have shape ${formatShape(shape)}`);
      }
    }
    return { graph: this, id: this.nextId++, name, dtype, shape: [...shape], source };
  }

  private located<T>(op: OpDefinition, inputs: readonly Tensor[], infer: () => T): T {
    try {
      return infer();
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      const shapes = inputs.map((input) => formatShape(input.shape)).join(' x ');
      throw new ShapeError(`${this.path()}: ${op.type}(${shapes}): ${error.message}`);
    }
  }
}
