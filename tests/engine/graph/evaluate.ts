import { encodeModel } from '../../../main/engine/graph/onnx/encode.ts';
import type { Tensor } from '../../../main/engine/graph/ir.ts';
import { Session, type HostData } from '../../../main/engine/runtime/session.ts';

/** Runs a graph on ONNX Runtime's CPU provider and returns its outputs. */
export async function evaluate(
  outputs: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, HostData>>,
): Promise<Record<string, HostData>> {
  const session = await Session.create(encodeModel(outputs, '/'), {
    provider: 'cpu',
    externalRoot: '/',
    weightsInPlace: false,
    threads: 1,
  });
  const results = await session.run(feeds);
  await session.release();
  return results;
}

/** Deterministic values in [-1, 1], never tied (a linear congruential generator). */
export function values(count: number, seed = 1): Float32Array {
  let state = (seed * 2654435761) >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2147483648 - 1;
  });
}
