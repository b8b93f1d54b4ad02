import { ort } from './onnxRuntime.ts';
import { Graph } from '../graph/graph.ts';
import { encodeModel } from '../graph/onnx/encode.ts';
import { cast } from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/linear.ts';
import type { Provider } from './session.ts';

/**
 * Whether a provider computes in float16 here: a small matrix product on it, and nothing of that on the CPU. A WebGPU
 * device without `shader-f16` opens such a session and fails in its run. On the CPU ONNX Runtime has no such kernels and
 * computes in float32 between casts, so the answer is no.
 */
export async function computesFloat16(provider: Provider): Promise<boolean> {
  if (provider === 'cpu') return false;
  const graph = new Graph();
  const [a, b] = ['a', 'b'].map((name) => cast(graph.input(name, 'float32', [4, 4]), 'float16'));
  if (!a || !b) return false;
  const { bytes } = encodeModel({ y: cast(matmul(a, b), 'float32') }, '/');
  const values = Float32Array.from({ length: 16 }, (_, i) => i / 3);
  const identity = Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
  let session: ort.InferenceSession | null = null;
  try {
    session = await ort.InferenceSession.create(bytes, {
      executionProviders: [provider],
      // Only what ends the process: a device that cannot is no error.
      logSeverityLevel: 4,
      extra: { session: { disable_cpu_ep_fallback: '1' } },
    });
    const outputs = await session.run({
      a: new ort.Tensor('float32', values, [4, 4]),
      b: new ort.Tensor('float32', identity, [4, 4]),
    });
    const y = outputs['y']?.data;
    return y instanceof Float32Array && y.every((value, i) => Math.abs(value - i / 3) < 5e-3);
  } catch {
    return false;
  } finally {
    await session?.release();
  }
}
