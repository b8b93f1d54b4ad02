import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { encodeBranches } from '../../../main/engine/graph/onnx/encodeBranches.ts';
import { add, cast, mul } from '../../../main/engine/graph/ops/elementwise.ts';
import { sumAll } from '../../../main/engine/graph/ops/reduce.ts';
import type { Tensor } from '../../../main/engine/graph/ir.ts';
import { Session } from '../../../main/engine/runtime/session.ts';

/** Two numbers in float16, 2 and 3, in a file of their own. */
function weightFile(): { root: string; file: string } {
  const root = `${mkdtempSync(join(tmpdir(), 'isac-branches-'))}/`;
  writeFileSync(join(root, 'w.bin'), new Uint8Array(new Uint16Array([0x4000, 0x4200]).buffer));
  return { root, file: join(root, 'w.bin') };
}

function graphOf(file: string): { weight: Tensor; x: Tensor; graph: Graph } {
  const graph = new Graph();
  const weight = cast(graph.external('w', 'float16', [2], { file, offset: 0, byteLength: 4 }), 'float32');
  return { graph, weight, x: graph.input('x', 'float32', [2]) };
}

describe('a model with branches', () => {
  it('runs the branch it is told to, over weights that it holds once', async () => {
    const { root, file } = weightFile();
    const [a, b, c] = [graphOf(file), graphOf(file), graphOf(file)];
    const y = b.graph.input('y', 'float32', [2]);
    const model = encodeBranches(
      {
        product: { out: mul(a.x, a.weight) },
        sum: { out: add(add(b.x, b.weight), y), twice: add(b.x, b.x) },
        total: { out: sumAll(mul(c.x, c.weight)) },
      },
      root,
    );
    const written = new TextDecoder('latin1').decode(model.bytes);
    expect(written.match(/location/g)).toHaveLength(1);

    const session = await Session.create(model, {
      provider: 'cpu',
      externalRoot: root,
      weightsInPlace: false,
    });
    const x = new Float32Array([10, 20]);
    expect((await session.run({ x }, 'product'))['out']).toEqual(new Float32Array([20, 60]));
    expect(await session.run({ x, y: new Float32Array([1, 1]) }, 'sum')).toEqual({
      out: new Float32Array([13, 24]),
      twice: new Float32Array([20, 40]),
    });
    expect((await session.run({ x }, 'total'))['out']).toEqual(new Float32Array([80]));
    await expect(session.run({ x }, 'other')).rejects.toThrow('no branch "other"');
    await session.release();
  });

  it('refuses inputs of one name and two shapes', () => {
    const [a, b] = [new Graph(), new Graph()];
    const outputs = { a: { out: a.input('x', 'float32', [2]) }, b: { out: b.input('x', 'float32', [3]) } };
    expect(() => encodeBranches(outputs, '/')).toThrow(
      'input "x" has shape [2] in one branch, [3] in another',
    );
  });
});
