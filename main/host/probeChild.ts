import { ort } from '../engine/runtime/onnxRuntime.ts';
import { messageOf } from '../engine/errors.ts';
import { encodeModel } from '../engine/graph/onnx/encode.ts';
import { Graph } from '../engine/graph/graph.ts';
import { matmul } from '../engine/graph/ops/linear.ts';
import { computesFloat16 } from '../engine/runtime/float16.ts';
import type { Provider } from '../engine/runtime/session.ts';
import { parentChannel } from './enginePort.ts';

// Runs one matrix product on one execution provider and nothing of it on the CPU, and says whether it came out right, and
// whether one in float16 did.
// A process of its own: a bad driver may take the whole process with it.
const provider = (process.argv[2] ?? 'cpu') as Provider;
const parent = parentChannel();

async function probe(): Promise<void> {
  const graph = new Graph();
  const a = graph.input('a', 'float32', [4, 4]);
  const b = graph.input('b', 'float32', [4, 4]);
  const { bytes } = encodeModel({ y: matmul(a, b) }, '/');
  const strict = provider === 'cpu' ? {} : { extra: { session: { disable_cpu_ep_fallback: '1' } } };
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: [provider],
    logSeverityLevel: 3,
    ...strict,
  });
  const values = Float32Array.from({ length: 16 }, (_, i) => i);
  const identity = Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
  const shape = [4, 4];
  const outputs = await session.run({
    a: new ort.Tensor('float32', values, shape),
    b: new ort.Tensor('float32', identity, shape),
  });
  const y = outputs['y']?.data;
  const right = y instanceof Float32Array && y.every((value, i) => Math.abs(value - i) < 1e-3);
  if (!right) return void parent.send({ ok: false, reason: 'a matrix product came out wrong' });
  parent.send({ ok: true });
  parent.send({ ok: true, float16: await computesFloat16(provider) });
}

// The parent ends this process when it has its answer.
probe().catch((error: unknown) => parent.send({ ok: false, reason: messageOf(error) }));
