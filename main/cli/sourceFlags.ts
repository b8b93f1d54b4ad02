import { InvalidArgumentError, type Command } from 'commander';
import type { Layout } from '../../preload/contract/layout.ts';
import { MAX_SOURCE_BYTES, sourceSchema, type Source } from '../../preload/contract/source.ts';
import { encodeRle } from '../engine/masks/rle.ts';
import { messageOf, UserError } from '../engine/errors.ts';
import { decodePng, toGrey } from '../projects/picture.ts';
import { readLimitedBytes } from '../projects/readFiles.ts';
import { sourcePng, type SourcePng } from '../projects/sourcePictures.ts';
import { number } from './flags.ts';

/** The flags that begin an image with a picture. */
export interface SourceFlags {
  readonly source?: string;
  readonly denoise?: number;
  readonly repaint?: readonly string[];
  readonly mask?: string;
}

/** A picture to begin with, and what of it changes. */
export interface SourceChoice {
  readonly picture: SourcePng;
  readonly source: Source;
}

/** A mask's pixel is to change from this luminance on; transparent parts have none. */
const MASK_FROM = 128;

export function withSourceFlags(command: Command): Command {
  return command
    .option('--source <png>', 'begin with this picture; a layout without a size gets its size')
    .option(
      '--denoise <share>',
      'how much is made anew, 0 to 1 (default: 0.6, 1 with --repaint or --mask)',
      number,
    )
    .option('--repaint <ids>', 'repaint these boxes alone (ids, separated by commas), along their masks', ids)
    .option(
      '--mask <png>',
      'repaint where this picture is white (not black, not transparent), and what --repaint says',
    );
}

/**
 * The picture and the part of it that flags name; null without `--source`.
 *
 * @throws UserError naming the flag, what is wrong and what is allowed
 */
export async function readSourceFlags(flags: SourceFlags, layout: Layout): Promise<SourceChoice | null> {
  const { source, denoise, repaint = [], mask } = flags;
  if (source === undefined) {
    const lost = (['denoise', 'repaint', 'mask'] as const).find((name) => flags[name] !== undefined);
    if (lost === undefined) return null;
    throw new UserError(`--${lost} needs --source, the picture to begin with`);
  }
  const picture = sourcePng(await read('--source', source), `--source ${source}`);
  const { width, height } = picture;
  if ((layout.width ?? width) !== width || (layout.height ?? height) !== height) {
    throw new UserError(
      `--source ${source} has ${width} x ${height} pixels, the layout says ${layout.width ?? width} x ` +
        `${layout.height ?? height}: make them equal, or leave the size out of the layout`,
    );
  }
  const stranger = repaint.find((id) => !layout.boxes.some((box) => box.id === id));
  if (stranger !== undefined) {
    const known = layout.boxes.map(({ id }) => `"${id}"`).join(', ');
    throw new UserError(`--repaint: the layout has no box "${stranger}"; its boxes are ${known}`);
  }
  const masks = mask === undefined ? [] : [encodeRle(await readMask(mask, picture), width, height)];
  const part = repaint.length + masks.length > 0;
  const parsed = sourceSchema.safeParse({
    image: picture.image,
    denoise: denoise ?? (part ? 1 : 0.6),
    repaint: part ? { boxes: [...new Set(repaint)], masks } : null,
  });
  if (!parsed.success) throw new UserError('--denoise must be a number from 0 to 1');
  return { picture, source: parsed.data };
}

async function readMask(file: string, { width, height }: SourcePng): Promise<Uint8Array> {
  const mask = decodePng(await read('--mask', file), `--mask ${file}`);
  if (mask.width !== width || mask.height !== height) {
    throw new UserError(
      `--mask ${file} has ${mask.width} x ${mask.height} pixels; it must have ${width} x ${height}, as the source picture`,
    );
  }
  const set = toGrey(mask).map((value) => (value >= MASK_FROM ? 1 : 0));
  if (!set.includes(1))
    throw new UserError(`--mask ${file} is black or transparent everywhere: paint white what is to change`);
  return set;
}

async function read(flag: string, file: string): Promise<Uint8Array> {
  try {
    return await readLimitedBytes(file, 4 * MAX_SOURCE_BYTES);
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${flag}: ${error.message}`);
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new UserError(
      `${flag} ${file}: ${missing ? 'there is no such file' : `cannot be read: ${messageOf(error)}`}`,
    );
  }
}

function ids(text: string): string[] {
  const names = text.split(',').map((name) => name.trim()).filter((name) => name !== ''); // prettier-ignore
  if (names.length === 0) throw new InvalidArgumentError('It must name boxes by their ids.');
  return names;
}
