import { ort } from './onnxRuntime.ts';
import { BRANCH_INPUT, type EncodedModel } from '../graph/onnx/encode.ts';
import type { DType } from '../graph/ir.ts';
import { numel } from '../graph/shape.ts';

/** An execution provider of onnxruntime-node. */
export type Provider = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';

export type HostData = Float32Array | Int32Array | BigInt64Array | Uint8Array | Uint16Array;

export interface SessionOptions {
  readonly provider: Provider;
  /** Folder that external weights are relative to; the same as the model was encoded with. */
  readonly externalRoot: string;
  /**
   * CPU: keep weights in the file's pages (memory-mapped, shared between sessions) instead of repacking
   * them into anonymous memory. Slower, but a full-size model then opens in no time and in no memory.
   */
  readonly weightsInPlace: boolean;
  readonly threads?: number;
}

/**
 * Weights of half precision stay so. Casting is done when the session opens unless it is told otherwise: 4.0 GiB of
 * anonymous memory for each of a job's graphs of SD1.4's UNet. Left to the run, a cast is made right before the
 * operator that reads it and freed behind it, as long as casts come first in the file (ONNX Runtime orders nodes depth
 * first from the outputs, and visits the input that was written last before the others) and equal ones are not merged.
 * Small ones, of norms and biases, are folded as ever.
 */
const KEEP_CASTS = {
  constant_folding_max_output_size_in_bytes: '65536',
  disable_specified_optimizers: 'CommonSubexpressionElimination;FuseFp16InitializerToFp32NodeTransformer',
};

/** A model ready to run. `run` blocks the thread: ONNX Runtime's Node binding is synchronous inside. */
export class Session {
  private readonly inner: ort.InferenceSession;
  private readonly model: EncodedModel;

  private constructor(inner: ort.InferenceSession, model: EncodedModel) {
    this.inner = inner;
    this.model = model;
  }

  static async create(model: EncodedModel, options: SessionOptions): Promise<Session> {
    const { provider, externalRoot, weightsInPlace, threads } = options;
    const inner = await ort.InferenceSession.create(model.bytes, {
      executionProviders: [provider],
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      // The last level copies convolution weights into a blocked layout: 2.4 GiB and a minute for SD1.4's UNet.
      graphOptimizationLevel: weightsInPlace ? 'extended' : 'all',
      // An arena doubles what it asks for (32 MiB more for the embedded model's gradient, and no faster);
      // Electron's allocator kills the process at 2 GiB.
      enableCpuMemArena: false,
      enableMemPattern: false,
      extra: {
        session: {
          model_external_initializers_file_folder_path: externalRoot,
          // Idle workers would go on spinning on the cores that another session (or program) needs: a guided
          // step alternates between two sessions and took 2 to 4 times as long on a busy machine. Without any
          // spinning every one of thousands of small operators waits for a sleeping worker: a third more time.
          intra_op: { allow_spinning: '1', spin_duration_us: '50' },
          force_spinning_stop: '1',
          ...(weightsInPlace ? { disable_prepacking: '1' } : {}),
        },
        ...(model.castsAtUse ? { optimization: KEEP_CASTS } : {}),
      },
    });
    return new Session(inner, model);
  }

  /**
   * Feeds inputs by name and returns outputs by name.
   *
   * @param branch which branch of a branched model; what only other branches read need not be fed
   */
  async run(feeds: Readonly<Record<string, HostData>>, branch?: string): Promise<Record<string, HostData>> {
    const inputs: Record<string, ort.Tensor> = {};
    const { branches } = this.model;
    if (branches) {
      const index = branches.indexOf(branch ?? '');
      if (index < 0) throw new Error(`session: there is no branch "${branch}" among ${branches.join(', ')}`);
      inputs[BRANCH_INPUT] = new ort.Tensor('int64', BigInt64Array.of(BigInt(index)), []);
    }
    for (const { name, dtype, shape } of this.model.inputs) {
      const data = feeds[name] ?? (branches ? emptyData(dtype, numel(shape)) : undefined);
      if (!data) throw new Error(`session: input "${name}" is not fed`);
      if (data.length !== numel(shape)) {
        throw new Error(
          `session: input "${name}" has ${data.length} values, [${shape.join(', ')}] wants ${numel(shape)}`,
        );
      }
      inputs[name] = tensorOf(dtype, data, shape);
    }
    const outputs = await this.inner.run(inputs);
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, value.data as HostData]));
  }

  async release(): Promise<void> {
    await this.inner.release();
  }
}

function tensorOf(dtype: DType, data: HostData, shape: readonly number[]): ort.Tensor {
  return new ort.Tensor(dtype as 'float32', data as Float32Array, [...shape]);
}

function emptyData(dtype: DType, length: number): HostData {
  switch (dtype) {
    case 'int64':
      return new BigInt64Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'float16':
    case 'bfloat16':
      return new Uint16Array(length);
    case 'uint8':
    case 'bool':
      return new Uint8Array(length);
    case 'float32':
      return new Float32Array(length);
  }
}
