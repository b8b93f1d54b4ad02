import { open, realpath } from 'node:fs/promises';
import { MAX_NAME, printable } from '../../../../preload/contract/printable.ts';
import { UserError } from '../../errors.ts';
import { refuseStandIn, TELLING_BYTES } from '../standIn.ts';
import { dtypeSize } from '../tensorDtype.ts';
import type { TensorDirectory, TensorEntry } from '../tensorDirectory.ts';
import { tensorDirectory } from '../tensorDirectory.ts';
import { MAX_PICKLE_BYTES, readPickle } from './pickle.ts';
import type { TensorReference } from './stateDict.ts';
import { stateDictRules, tensorsOf } from './stateDict.ts';
import type { ZipEntry } from './zipEntries.ts';
import { readZipEntries } from './zipEntries.ts';

/**
 * The directory of a file that `torch.save` wrote (.bin, .ckpt, .pt): a zip whose entries are stored, not
 * compressed, so that every tensor lies in the file as it is and is used in place. The pickle in it is read as
 * data (stateDict.ts); no code in it ever runs.
 *
 * Format: caffe2/serialize/inline_container.cc and torch/serialization.py of PyTorch.
 *
 * @throws UserError naming the file and the tensor
 */
export async function openTorchFile(path: string): Promise<TensorDirectory> {
  const file = await realpath(path).catch(() => {
    throw new UserError(`${path}: there is no such file.`);
  });
  await requireZip(file);
  const entries = await readZipEntries(file);
  const archive = archiveOf(file, entries);
  await requireLittleEndian(file, entries.get(`${archive}byteorder`));

  const list = requireStored(file, entries.get(`${archive}data.pkl`));
  if (list.byteLength > MAX_PICKLE_BYTES) {
    throw new UserError(`${file}: its list of tensors has ${list.byteLength} bytes; it is not a model file.`);
  }
  const root = readPickle(file, await readEntry(file, list), stateDictRules);
  const tensors = new Map<string, TensorEntry>();
  for (const [name, reference] of tensorsOf(root)) {
    tensors.set(name, placeOf(file, name, reference, entries.get(`${archive}data/${reference.storage.key}`)));
  }
  if (tensors.size === 0) throw new UserError(`${file}: holds no tensors by name; it is not a model file.`);
  return tensorDirectory(file, tensors);
}

/** Where a tensor's bytes lie in the zip. */
function placeOf(
  file: string,
  name: string,
  reference: TensorReference,
  entry: ZipEntry | undefined,
): TensorEntry {
  const { storage, offset, shape } = reference;
  const complain = (what: string): UserError =>
    new UserError(`${file}: tensor "${printable(name, MAX_NAME)}" ${what}.`);
  if (entry === undefined)
    throw complain(`refers to storage "${printable(storage.key, MAX_NAME)}", which is not in the file`);
  if (entry.compressionMethod !== 0 || entry.encrypted) {
    throw complain(
      'is stored compressed, so it cannot be used in place; save the model again with torch.save',
    );
  }
  if (!reference.contiguous) {
    throw complain('is stored transposed; save the model again with contiguous tensors');
  }
  const size = dtypeSize[storage.dtype];
  const byteLength = shape.reduce((bytes, axis) => bytes * axis, size);
  const start = offset * size;
  if (storage.size * size > entry.byteLength || start + byteLength > storage.size * size) {
    throw complain(
      `of shape [${shape.join(', ')}] takes ${byteLength} bytes from byte ${start} on, its storage has ` +
        `${entry.byteLength}; the file is damaged`,
    );
  }
  return { file, offset: entry.offset + start, byteLength, dtype: storage.dtype, shape };
}

async function requireZip(file: string): Promise<void> {
  const start = await readEntry(file, { offset: 0, byteLength: TELLING_BYTES }, true);
  if (start[0] === 0x50 && start[1] === 0x4b && start[2] === 0x03 && start[3] === 0x04) return;
  if (start[0] === 0x80) {
    throw new UserError(
      `${file}: is in the format of PyTorch before 1.6, which cannot be used in place; save it again with a ` +
        `newer PyTorch, or take the model's .safetensors files.`,
    );
  }
  refuseStandIn(file, start);
  throw new UserError(
    `${file}: holds no weights: it is neither a safetensors file nor one of torch.save; take another file, or download it again.`,
  );
}

/** torch puts everything into one folder, named after the file at the time of saving: "archive/" and the like. */
function archiveOf(file: string, entries: ReadonlyMap<string, ZipEntry>): string {
  const lists = [...entries.keys()].filter((name) => /^(?:[^/]+\/)?data\.pkl$/.test(name));
  const [list] = lists;
  if (list === undefined || lists.length > 1) {
    throw new UserError(
      `${file}: is a zip file, but not one of torch.save (it has ${lists.length} data.pkl).`,
    );
  }
  const archive = list.slice(0, -'data.pkl'.length);
  if (entries.has(`${archive}constants.pkl`)) {
    throw new UserError(`${file}: is a TorchScript program, not a file of weights; it is refused.`);
  }
  return archive;
}

async function requireLittleEndian(file: string, entry: ZipEntry | undefined): Promise<void> {
  // Files before torch 2.1 have no such entry; they come from little-endian machines.
  if (entry === undefined || entry.byteLength > 16) return;
  const order = new TextDecoder().decode(await readEntry(file, requireStored(file, entry)));
  if (order !== 'little') throw new UserError(`${file}: has big-endian numbers, which are not read.`);
}

function requireStored(file: string, entry: ZipEntry | undefined): ZipEntry {
  if (entry === undefined) throw new UserError(`${file}: has no data.pkl; it is not a file of torch.save.`);
  if (entry.compressionMethod !== 0 || entry.encrypted) {
    throw new UserError(
      `${file}: its entry "${printable(entry.name, MAX_NAME)}" is compressed, as torch.save never does; it was packed again, take the original.`,
    );
  }
  return entry;
}

async function readEntry(
  file: string,
  { offset, byteLength }: Pick<ZipEntry, 'offset' | 'byteLength'>,
  upTo = false,
): Promise<Uint8Array> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${file}: cannot be read (${error.code ?? error.message}).`);
  });
  try {
    const bytes = new Uint8Array(byteLength);
    let filled = 0;
    while (filled < byteLength) {
      const { bytesRead } = await handle.read(bytes, filled, byteLength - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    if (filled < byteLength && !upTo) throw new UserError(`${file}: is truncated; download it again.`);
    return bytes.subarray(0, filled);
  } finally {
    await handle.close();
  }
}
