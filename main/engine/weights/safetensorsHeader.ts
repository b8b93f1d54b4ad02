import { jsonTrouble } from '../../files/boundedJson.ts';
import { BOUNDS } from '../../files/bounds.ts';
import { UserError } from '../errors.ts';
import { repeatedKey } from './repeatedKey.ts';
import { refuseStandIn } from './standIn.ts';
import type { TensorDtype } from './tensorDtype.ts';
import { dtypeSize, safetensorsDtypes } from './tensorDtype.ts';

/** Bytes of the little-endian u64 in front of the header. */
export const HEADER_PREFIX_BYTES = 8;

/** One tensor of a safetensors file. */
export interface SafetensorsTensor {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Absolute byte offset in the file, the header counted. */
  readonly begin: number;
  readonly byteLength: number;
}

export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
}

/**
 * The header's length, checked against the file before anything that long is read.
 *
 * @param start the first bytes of the file: the 8 of the length, and as many as tell a file that is something else
 * @throws UserError naming the file
 */
export function headerLengthOf(file: string, start: Uint8Array, fileSize: number): number {
  if (start.byteLength < HEADER_PREFIX_BYTES) {
    refuseStandIn(file, start);
    throw new UserError(
      `${file}: has ${fileSize} bytes, too short for a safetensors file; download it again.`,
    );
  }
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > BigInt(BOUNDS.safetensorsHeader.bytes)) {
    // Eight characters of text are an enormous number; a sound length may itself begin with the byte of a "<".
    refuseStandIn(file, start);
    throw new UserError(
      `${file}: claims a header of ${length} bytes (at most ${BOUNDS.safetensorsHeader.bytes} are read); it is not a safetensors file.`,
    );
  }
  if (Number(length) + HEADER_PREFIX_BYTES > fileSize) {
    throw new UserError(
      `${file}: claims a header of ${length} bytes but has ${fileSize} in all; it is truncated, download it again.`,
    );
  }
  return Number(length);
}

/**
 * Checks and reads the header of a safetensors file as strictly as huggingface/safetensors does
 * (safetensors/src/tensor.rs, `SafeTensors::read_metadata` and `Metadata::validate`): every byte behind the
 * header belongs to exactly one tensor. On top of that a name that occurs twice is refused.
 *
 * @param file what messages call the file
 * @param header the header's bytes
 * @param fileSize bytes of the whole file
 * @throws UserError naming the file and the tensor
 */
export function parseSafetensorsHeader(
  file: string,
  header: Uint8Array,
  fileSize: number,
): SafetensorsHeader {
  const raw = parseJsonObject(file, header);
  const dataStart = HEADER_PREFIX_BYTES + header.byteLength;
  const tensors = new Map<string, SafetensorsTensor>();
  let metadata: ReadonlyMap<string, string> = new Map();
  const entries = Object.entries(raw);
  if (entries.length > BOUNDS.tensors) {
    throw new UserError(
      `${file}: its header names ${entries.length} tensors; at most ${BOUNDS.tensors} are read, it is not a model file.`,
    );
  }
  for (const [name, value] of entries) {
    if (name === '__metadata__') {
      // The safetensors library reads null as no metadata.
      if (value !== null) metadata = parseMetadata(file, value);
    } else tensors.set(name, parseTensor(file, name, value, dataStart));
  }
  checkLayout(file, tensors, dataStart, fileSize);
  return { metadata, tensors };
}

function parseJsonObject(file: string, header: Uint8Array): Record<string, unknown> {
  const trouble = jsonTrouble(header, BOUNDS.safetensorsHeader);
  if (trouble !== null) throw new UserError(`${file}: its header ${trouble}.`);
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(header);
    value = JSON.parse(text);
  } catch {
    throw new UserError(`${file}: its header is not JSON; it is not a safetensors file or it is damaged.`);
  }
  if (!isObject(value)) {
    throw new UserError(`${file}: its header is not a JSON object; it is not a safetensors file.`);
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) {
    throw new UserError(`${file}: its header names "${twice}" twice; it is damaged.`);
  }
  return value;
}

function parseMetadata(file: string, value: unknown): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  if (!isObject(value))
    throw new UserError(`${file}: "__metadata__" is not an object of texts; it is damaged.`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') {
      throw new UserError(`${file}: "__metadata__" entry "${key}" is not a text; the file is damaged.`);
    }
    metadata.set(key, text);
  }
  return metadata;
}

function parseTensor(file: string, name: string, value: unknown, dataStart: number): SafetensorsTensor {
  const complain = (what: string): UserError => new UserError(`${file}: tensor "${name}" ${what}.`);
  if (!isObject(value)) throw complain('is not described by an object; the file is damaged');
  const { dtype: dtypeName, shape, data_offsets: offsets } = value;

  const dtype = typeof dtypeName === 'string' ? safetensorsDtypes.get(dtypeName) : undefined;
  if (dtype === undefined) {
    throw complain(`has the unknown type ${JSON.stringify(dtypeName)}; F32, F16 and BF16 are usual`);
  }
  if (!isCountList(shape)) throw complain('has no valid shape (a list of whole numbers, none negative)');
  if (!isCountList(offsets) || offsets.length !== 2) {
    throw complain('has no valid data_offsets (two whole numbers, none negative)');
  }
  const [begin = 0, end = 0] = offsets;
  if (end < begin) throw complain(`ends at byte ${end}, before it begins (${begin}); the file is damaged`);

  const byteLength = shape.reduce((size, axis) => size * axis, dtypeSize[dtype]);
  if (byteLength !== end - begin) {
    throw complain(
      `takes ${end - begin} bytes, but ${dtype} of shape [${shape.join(', ')}] takes ${byteLength}; the file is damaged`,
    );
  }
  return { dtype, shape, begin: dataStart + begin, byteLength };
}

/** Every byte of the data belongs to exactly one tensor: nothing outside, no overlap, no hole, no rest. */
function checkLayout(
  file: string,
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  dataStart: number,
  fileSize: number,
): void {
  const ordered = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.byteLength - b.byteLength);
  let position = dataStart;
  let previous = '';
  for (const [name, { begin, byteLength }] of ordered) {
    if (begin + byteLength > fileSize) {
      throw new UserError(
        `${file}: tensor "${name}" ends at byte ${begin + byteLength}, but the file has ${fileSize}; ` +
          `it is truncated, download it again.`,
      );
    }
    if (begin < position) {
      throw new UserError(`${file}: tensors "${previous}" and "${name}" overlap; the file is damaged.`);
    }
    if (begin > position) {
      throw new UserError(
        `${file}: ${begin - position} bytes before tensor "${name}" belong to no tensor; the file is damaged.`,
      );
    }
    position = begin + byteLength;
    previous = name;
  }
  if (position !== fileSize) {
    throw new UserError(
      `${file}: ${fileSize - position} bytes behind the last tensor belong to no tensor; the file is damaged.`,
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCountList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
