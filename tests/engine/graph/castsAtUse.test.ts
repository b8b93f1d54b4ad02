import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { grad } from '../../../main/engine/graph/autodiff.ts';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { encodeModel } from '../../../main/engine/graph/onnx/encode.ts';
import type { Outputs } from '../../../main/engine/graph/onnx/part.ts';
import { cast } from '../../../main/engine/graph/ops/elementwise.ts';
import { matmul } from '../../../main/engine/graph/ops/linear.ts';
import { sumAll } from '../../../main/engine/graph/ops/reduce.ts';
import { Session } from '../../../main/engine/runtime/session.ts';
import { halfFromFloat32 } from '../../../main/engine/weights/halfFloats.ts';

// A layer's weights as a full-size model has them: 32 MiB of float16, 64 MiB when they are cast.
const SIDE = 4096;
const MIB = 2 ** 20;
const root = `${mkdtempSync(join(tmpdir(), 'isac-casts-'))}/`;
const file = join(root, 'w.bin');
const values = Float32Array.from({ length: SIDE * SIDE }, (_, i) => ((i * 7919) % 17) / 16 - 0.5);
writeFileSync(file, new Uint8Array(halfFromFloat32(values).buffer));
afterAll(() => rmSync(root, { recursive: true }));

/** Loss and gradient of (x W)²: W is read in both directions. */
function outputs(): Outputs {
  const graph = new Graph();
  const bytes = { file, offset: 0, byteLength: 2 * SIDE * SIDE };
  const weight = cast(graph.external('w', 'float16', [SIDE, SIDE], bytes), 'float32');
  const x = graph.input('x', 'float32', [1, SIDE]);
  const y = matmul(x, weight);
  const loss = sumAll(matmul(y, cast(graph.external('w', 'float16', [SIDE, SIDE], bytes), 'float32')));
  const [gradient] = grad(loss, [x]);
  if (gradient === undefined) throw new Error('no gradient');
  return { loss, gradient };
}

function anonymousBytes(): number {
  return 1024 * Number(/^RssAnon:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

async function opened(castAtUse: boolean): Promise<{ session: Session; grown: number }> {
  const model = encodeModel(outputs(), root, castAtUse);
  expect(model.castsAtUse).toBe(castAtUse);
  const before = anonymousBytes();
  const options = { provider: 'cpu', externalRoot: root, weightsInPlace: true } as const;
  const session = await Session.create(model, options);
  return { session, grown: anonymousBytes() - before };
}

describe.skipIf(process.platform !== 'linux')('weights of half precision, in place', () => {
  it('are cast at each use: they take no memory of their own, and nothing else changes', async () => {
    const atUse = await opened(true);
    expect(atUse.grown).toBeLessThan(16 * MIB);
    // What happens otherwise: all of them, in float32.
    const folded = await opened(false);
    expect(folded.grown).toBeGreaterThan(48 * MIB);
    const x = Float32Array.from({ length: SIDE }, (_, i) => (i % 5) / 4 - 0.5);
    expect(await atUse.session.run({ x })).toEqual(await folded.session.run({ x }));
    await Promise.all([atUse, folded].map(({ session }) => session.release()));
  });

  it('are written as one cast for each operator that reads them', () => {
    const casts = (castAtUse: boolean): number =>
      new TextDecoder('latin1')
        .decode(encodeModel(outputs(), root, castAtUse).bytes)
        .split(' as float32 for ').length - 1;
    // Twice forward, twice backward, each named by its output, its node and its reader.
    expect(casts(true)).toBe(3 * 4);
    expect(casts(false)).toBe(0);
  });
});
