import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { backdropSchema } from '../../preload/contract/project.ts';
import { UserError } from '../engine/errors.ts';
import { exists, writeFileAtomic } from './atomicFile.ts';
import { fileError } from './fileErrors.ts';
import { isPng } from './pngChunks.ts';
import { readLimitedBytes } from './readFiles.ts';
import { sha256 } from './resultFiles.ts';

export const BACKDROPS = 'backdrops';

export const MAX_BACKDROP_BYTES = 64 * 2 ** 20;

/**
 * Copies a picture into the project and returns what `document.backdrop.file` names. The same picture is kept once.
 * Pictures stay when their backdrop is taken away, so that undo brings it back.
 *
 * @param name what to call the picture in messages
 * @throws UserError for anything but a PNG, JPEG or WebP of at most 64 MiB
 */
export async function addBackdrop(project: string, bytes: Uint8Array, name: string): Promise<string> {
  const format = formatOf(bytes);
  if (format === null)
    throw new UserError(`${name} cannot be a backdrop: it must be a PNG, JPEG or WebP picture.`);
  if (bytes.length > MAX_BACKDROP_BYTES) {
    throw new UserError(
      `${name} cannot be a backdrop: it has ${bytes.length} bytes, at most ${MAX_BACKDROP_BYTES} are allowed.`,
    );
  }
  const file = `${BACKDROPS}/${sha256(bytes).slice(0, 24)}.${format}`;
  const path = join(project, file);
  try {
    await mkdir(join(project, BACKDROPS), { recursive: true });
    if (!(await exists(path))) await writeFileAtomic(path, bytes);
  } catch (error) {
    throw fileError('save', path, error);
  }
  return file;
}

/** The picture that `document.backdrop.file` names. @throws UserError when it is gone or the name leads elsewhere */
export async function readBackdrop(project: string, file: string): Promise<{ bytes: Buffer; mime: string }> {
  if (!backdropSchema.shape.file.safeParse(file).success)
    throw new UserError(`"${file.slice(0, 80)}" is not a backdrop.`);
  try {
    const bytes = await readLimitedBytes(join(project, file), MAX_BACKDROP_BYTES);
    const format = formatOf(bytes);
    if (format === null)
      throw new UserError(`The backdrop ${file} is damaged: it is no PNG, JPEG or WebP picture.`);
    return { bytes, mime: format === 'jpg' ? 'image/jpeg' : `image/${format}` };
  } catch (error) {
    throw fileError('readBackdrop', join(project, file), error);
  }
}

function formatOf(bytes: Uint8Array): 'png' | 'jpg' | 'webp' | null {
  if (isPng(bytes)) return 'png';
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpg';
  const text = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  return text.startsWith('RIFF') && text.endsWith('WEBP') ? 'webp' : null;
}
