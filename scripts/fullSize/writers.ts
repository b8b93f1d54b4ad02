import { createWriteStream } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import type { ExpectedTensors } from '../../main/engine/weights/tensorGaps.ts';
import { spreadOf, type Precision, type RandomValues, type Spread } from './randomValues.ts';

/** A tensor to write: its values come from `seed`, so that a renamed tensor keeps its values. */
export interface TensorPlan {
  readonly name: string;
  readonly shape: readonly number[];
  readonly seed: string;
  /** By name and shape unless given. */
  readonly spread?: Spread;
}

export function plansOf(part: string, tensors: ExpectedTensors): TensorPlan[] {
  return [...tensors].map(([name, shape]) => ({ name, shape, seed: `${part}/${name}` }));
}

const countOf = (shape: readonly number[]): number => shape.reduce((product, axis) => product * axis, 1);
const bytesPer = (precision: Precision): number => (precision === 'fp16' ? 2 : 4);

function pieces(
  { seed, shape, spread = spreadOf(seed, shape) }: TensorPlan,
  values: RandomValues,
  precision: Precision,
): Generator<Buffer> {
  return values.bytes(seed, countOf(shape), spread, precision);
}

/** A safetensors file, streamed: never more than one piece in memory. */
export async function writeSafetensorsFile(
  path: string,
  tensors: readonly TensorPlan[],
  values: RandomValues,
  precision: Precision,
): Promise<void> {
  let position = 0;
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  for (const { name, shape } of tensors) {
    const end = position + countOf(shape) * bytesPer(precision);
    header[name] = { dtype: precision === 'fp16' ? 'F16' : 'F32', shape, data_offsets: [position, end] };
    position = end;
  }
  const text = Buffer.from(JSON.stringify(header));
  const padding = Buffer.alloc((8 - (text.length % 8)) % 8, ' ');
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length + padding.length));
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(`${path}.part`, 'w');
  try {
    for (const piece of [prefix, text, padding]) await handle.write(piece);
    for (const tensor of tensors)
      for (const piece of pieces(tensor, values, precision)) await writeAll(handle, piece);
  } finally {
    await handle.close();
  }
  await rename(`${path}.part`, path);
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, piece: Buffer): Promise<void> {
  for (let done = 0; done < piece.length;) done += (await handle.write(piece, done)).bytesWritten;
}

/** A zip as torch.save writes it: stored entries, a pickle that rebuilds every tensor over a storage of its own. */
export async function writeTorchFile(
  path: string,
  tensors: readonly TensorPlan[],
  values: RandomValues,
  precision: Precision,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const zip = new yazl.ZipFile();
  const stored = { compress: false, mtime: new Date(2024, 0, 1) };
  zip.addBuffer(statePickle(tensors, precision), 'archive/data.pkl', stored);
  zip.addBuffer(Buffer.from('little'), 'archive/byteorder', stored);
  tensors.forEach((tensor, index) => {
    const size = countOf(tensor.shape) * bytesPer(precision);
    zip.addReadStreamLazy(`archive/data/${index}`, { ...stored, size }, (done) =>
      done(null, Readable.from(pieces(tensor, values, precision), { objectMode: false })),
    );
  });
  zip.addBuffer(Buffer.from('3\n'), 'archive/version', stored);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(`${path}.part`));
  await rename(`${path}.part`, path);
}

/** Pickle protocol 2 of {name: torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())}. */
function statePickle(tensors: readonly TensorPlan[], precision: Precision): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([Buffer.from('X'), length, bytes]);
  };
  const integer = (value: number): Buffer => {
    const bytes = Buffer.alloc(5);
    bytes.write('J');
    bytes.writeInt32LE(value, 1);
    return bytes;
  };
  const tuple = (values: readonly number[]): Buffer =>
    Buffer.concat([Buffer.from('('), ...values.map(integer), Buffer.from('t')]);
  const raw = (value: string): Buffer => Buffer.from(value, 'latin1');
  const storage = precision === 'fp16' ? 'HalfStorage' : 'FloatStorage';
  const parts = [raw('\x80\x02}(')];
  tensors.forEach(({ name, shape }, index) => {
    const strides = shape.map((_, axis) => countOf(shape.slice(axis + 1)));
    parts.push(
      text(name),
      raw('ctorch._utils\n_rebuild_tensor_v2\n(('),
      text('storage'),
      raw(`ctorch\n${storage}\n`),
      text(String(index)),
      text('cpu'),
      integer(countOf(shape)),
      raw('tQ'),
      integer(0),
      tuple(shape),
      tuple(strides),
      raw('\x89ccollections\nOrderedDict\n)RtR'),
    );
  });
  parts.push(raw('u.'));
  return Buffer.concat(parts);
}
