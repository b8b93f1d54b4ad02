import type { ModelFolder } from '../weights/modelFolder.ts';

/** Bytes of all tensors of a model. */
export function weightBytes({ unet, textEncoder, vae }: ModelFolder): number {
  return [unet, textEncoder, vae]
    .flatMap(({ tensors }) => tensors.names.map((name) => tensors.get(name)?.byteLength ?? 0))
    .reduce((sum, bytes) => sum + bytes, 0);
}
