import { open } from 'node:fs/promises';
import { requireFile, unreadable } from './fileTrouble.ts';
import { SafetensorsFile } from './safetensorsFile.ts';
import type { TensorDirectory } from './tensorDirectory.ts';
import { openTorchFile } from './torch/torchFile.ts';

/**
 * Opens a file of tensors by what it is, whatever its name says: safetensors, or a zip of torch.save.
 *
 * @throws UserError when it is neither, or damaged
 */
export async function openTensorFile(path: string): Promise<TensorDirectory> {
  await requireFile(path);
  const handle = await open(path, 'r').catch(async (error: unknown) => {
    throw await unreadable(path, error);
  });
  try {
    const start = new Uint8Array(9);
    const { bytesRead } = await handle.read(start, 0, 9, 0);
    // A safetensors file has its header, a JSON object, behind eight bytes of length.
    if (bytesRead === 9 && start[8] === 0x7b) return await SafetensorsFile.open(path);
    return path.endsWith('.safetensors') ? await SafetensorsFile.open(path) : await openTorchFile(path);
  } finally {
    await handle.close();
  }
}
