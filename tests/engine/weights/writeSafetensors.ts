import { writeFileSync } from 'node:fs';

export interface TestTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Raw bytes of a safetensors file with any header whatsoever. */
export function safetensorsBytes(header: string | Uint8Array, data: Uint8Array): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(text.byteLength), true);
  return Buffer.concat([prefix, text, data]);
}

/** A sound file with the given tensors, one after the other. */
export function writeSafetensors(path: string, tensors: Readonly<Record<string, TestTensor>>): void {
  let position = 0;
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [position, position + bytes.byteLength] };
    position += bytes.byteLength;
  }
  const data = Buffer.concat(Object.values(tensors).map(({ bytes }) => bytes));
  writeFileSync(path, safetensorsBytes(JSON.stringify(header), data));
}

export function floats(...values: number[]): Uint8Array {
  return new Uint8Array(new Float32Array(values).buffer);
}

/** A float32 vector of zeros, or of the values given. */
export function vector(...values: number[]): TestTensor {
  return { dtype: 'F32', shape: [values.length], bytes: floats(...values) };
}
