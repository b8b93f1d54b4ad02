/**
 * One attention layer, forward and backward, in a process of its own, whose peak memory is then its own.
 * Arguments: tokens, heads, channels, and a JSON object: recompute, headsAtOnce, fused, backward, map.
 * Prints JSON: milliseconds of the fastest run, peak memory in MiB above that before the session was made, checksums.
 */
import { grad } from '../../../main/engine/graph/autodiff.ts';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { encodeModel } from '../../../main/engine/graph/onnx/encode.ts';
import { add, mul, square } from '../../../main/engine/graph/ops/elementwise.ts';
import { matmul } from '../../../main/engine/graph/ops/linear.ts';
import { sumAll } from '../../../main/engine/graph/ops/reduce.ts';
import type { Tensor } from '../../../main/engine/graph/ir.ts';
import { attend, plainAttention, type AttentionMethod } from '../../../main/engine/models/attention.ts';
import { Session } from '../../../main/engine/runtime/session.ts';
import { values } from '../graph/evaluate.ts';

interface Settings extends Partial<AttentionMethod> {
  backward?: boolean;
  map?: boolean;
  threads?: number;
  layers?: number;
}

const [tokens, heads, channels] = process.argv.slice(2, 5).map(Number) as [number, number, number];
const {
  backward = false,
  map = false,
  threads = 2,
  layers = 1,
  ...method
} = JSON.parse(process.argv[5] ?? '{}') as Settings;

/** Peak memory of this process so far, in MiB. */
const peak = (): number => process.resourceUsage().maxRSS / 1024;
const shape = [1, tokens, channels];
const graph = new Graph();
const x = graph.input('x', 'float32', shape);
const outputs: Record<string, Tensor> = {};
let hidden = x;
let loss: Tensor | null = null;
for (let layer = 0; layer < layers; layer++) {
  const [q, k, v] = [2, 3, 4].map((seed) =>
    mul(hidden, graph.constant(values(channels, seed + 10 * layer), [channels])),
  ) as [Tensor, Tensor, Tensor];
  const result = attend(q, k, v, {
    heads,
    method: { ...plainAttention, ...method },
    ...(map ? { mapOf: [0, tokens] as const } : {}),
  });
  hidden = add(hidden, result.output);
  if (result.map) {
    // As the objective does: the map against a few columns.
    const columns = graph.constant(values(tokens * 4, 5), [tokens, 4]);
    const seen = matmul(result.map, columns);
    const term = sumAll(mul(square(seen), graph.constant(values(tokens * 4, 6), [tokens, 4])));
    loss = loss ? add(loss, term) : term;
  }
}
const end = sumAll(mul(hidden, graph.constant(values(tokens * channels, 7), shape)));
loss = loss ? add(loss, end) : end;
outputs['output'] = hidden;
if (backward) outputs['gradient'] = grad(loss, [x])[0] as Tensor;
else outputs['loss'] = loss;

const before = peak();
const session = await Session.create(encodeModel(outputs, '/'), {
  provider: 'cpu',
  externalRoot: '/',
  weightsInPlace: true,
  threads,
});
const feed = { x: values(tokens * channels, 1).map((value) => 3 * value) };
let fastest = Infinity;
const sums: Record<string, number> = {};
for (let run = 0; run < 2; run++) {
  const start = performance.now();
  const result = await session.run(feed);
  fastest = Math.min(fastest, performance.now() - start);
  for (const [name, data] of Object.entries(result)) {
    if (data instanceof Float32Array)
      sums[name] = data.reduce((sum, value, i) => sum + value * Math.cos(i), 0);
  }
}
console.log(JSON.stringify({ ms: Math.round(fastest), mib: Math.round(peak() - before), sums }));
