import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import type { DocumentDefaults } from '../../../preload/contract/newDocument.ts';
import type { CallResult } from '../../../preload/contract/studio.ts';
import { sentence } from '../../../preload/contract/sentences.ts';
import { UserError } from '../../engine/errors.ts';
import { BOUNDS } from '../../files/bounds.ts';
import { documentOfRequest } from '../documentOfRequest.ts';
import { NoLayoutError, readEmbeddedRequest } from '../embeddedRequest.ts';
import { isPng } from '../pngChunks.ts';
import { readLimitedBytes } from '../readFiles.ts';
import { MAX_PICTURE_BYTES } from '../resultFiles.ts';
import { readDroppedJson } from './droppedJson.ts';

/** What a dropped file is. */
export type DroppedFile = CallResult<'imports.read'>;

/**
 * What a file is that was dropped on the window.
 *
 * @param image the image of a COCO file, null to be asked
 * @throws UserError when it is nothing that can be used
 */
export async function readDroppedFile(
  path: string,
  name: string,
  defaults: DocumentDefaults,
  image: string | null,
): Promise<DroppedFile> {
  if (extname(name).toLowerCase() === '.json') {
    return readDroppedJson(await readLimitedBytes(path, BOUNDS.dropped.bytes), name, defaults, image);
  }
  const bytes = await readStart(path);
  if (isPng(bytes)) {
    try {
      const embedded = readEmbeddedRequest(bytes, name);
      return { kind: 'png', document: documentOfRequest(embedded.request), embedded };
    } catch (error) {
      // A PNG that says it was made here but cannot be read is told of; any other is a picture.
      if (!(error instanceof NoLayoutError)) throw error;
      return { kind: 'picture' };
    }
  }
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return { kind: 'archive' };
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\u00ff\u00d8\u00ff') || (start.startsWith('RIFF') && start.endsWith('WEBP')))
    return { kind: 'picture' };
  throw new UserError(sentence('drop.unusable', { name }));
}

/** The whole file, or the first bytes of one that is too large to be a picture (an archive). */
async function readStart(path: string): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size <= MAX_PICTURE_BYTES) return await handle.readFile();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
