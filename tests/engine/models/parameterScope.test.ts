import { describe, expect, it } from 'vitest';
import { UserError } from '../../../main/engine/errors.ts';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { ParameterScope } from '../../../main/engine/models/parameterScope.ts';
import { tensorDirectory, type TensorEntry } from '../../../main/engine/weights/tensorDirectory.ts';
import type { TensorDtype } from '../../../main/engine/weights/tensorDtype.ts';

const directory = (dtype: TensorDtype, bytes: number) =>
  tensorDirectory(
    '/models/unet.safetensors',
    new Map<string, TensorEntry>([
      [
        'conv.weight',
        { file: '/models/unet.safetensors', offset: 8, byteLength: bytes, dtype, shape: [2, 3] },
      ],
    ]),
  );

describe('weights of a layer', () => {
  it('stay in the file; half precision is cast, once', () => {
    const weights = new ParameterScope(new Graph(), directory('float16', 12));
    const load = () => weights.layer('conv', (own) => own.tensor('weight', [2, 3]));
    const tensor = load();
    expect(tensor).toMatchObject({ dtype: 'float32', shape: [2, 3], source: { kind: 'node' } });
    expect(load()).toBe(tensor);
    const whole = new ParameterScope(new Graph(), directory('float32', 24)).tensor(
      'conv.weight',
      [2, 3],
      [3, 2],
    );
    expect(whole).toMatchObject({ shape: [3, 2], source: { kind: 'external', data: { offset: 8 } } });
  });

  it('are read in halves where they lie', () => {
    const weights = new ParameterScope(new Graph(), directory('float32', 24));
    const halves = ([0, 1] as const).map((index) => weights.half('conv.weight', [2, 3], index));
    expect(halves).toMatchObject([
      { shape: [1, 3], source: { kind: 'external', data: { offset: 8, byteLength: 12 } } },
      { shape: [1, 3], source: { kind: 'external', data: { offset: 20, byteLength: 12 } } },
    ]);
    expect(weights.half('conv.weight', [2, 3], 1)).toBe(halves[1]);
  });

  it.each([
    ['float32', 24, 'conv.bias', [2], '/models/unet.safetensors: tensor "conv.bias" is missing'],
    [
      'float32',
      24,
      'conv.weight',
      [3, 3],
      'tensor "conv.weight" has shape [2, 3], the model\'s config asks for [3, 3]',
    ],
    [
      'int8',
      6,
      'conv.weight',
      [2, 3],
      'tensor "conv.weight" is stored as int8; only float32, float16 and bfloat16',
    ],
  ] as const)('%s: a clear error', (dtype, bytes, name, shape, message) => {
    const weights = new ParameterScope(new Graph(), directory(dtype, bytes));
    expect(() => weights.tensor(name, shape)).toThrow(UserError);
    expect(() => weights.tensor(name, shape)).toThrow(message);
  });
});
