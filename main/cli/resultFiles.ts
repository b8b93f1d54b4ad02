import { boxesOfResult } from '../../preload/contract/foundBoxes.ts';
import { rgbOfBox } from '../../preload/contract/palette.ts';
import type { Box } from '../../preload/contract/layout.ts';
import type { GenerationResult } from '../../preload/contract/result.ts';
import { drawOverlay } from '../engine/masks/overlay.ts';
import { decodePng, encodePng, fromBase64 } from '../host/png.ts';
import type { OutputFolder } from './outputFolder.ts';

export interface FinishedJob {
  readonly result: GenerationResult;
  /** Base64 PNGs, as the engine sends them. */
  readonly image: string;
  readonly masks: readonly string[];
}

/** image.png, overlay.png, masks/<n>-<phrase>.png and result.json. */
export async function writeResult(
  folder: OutputFolder,
  { result, image, masks }: FinishedJob,
): Promise<void> {
  const png = fromBase64(image);
  const maskPngs = masks.map(fromBase64);
  await folder.write('image.png', png);
  await folder.write('overlay.png', overlayOf(png, maskPngs, result));
  for (const [k, mask] of maskPngs.entries()) {
    await folder.write(`masks/${maskName(k, result.boxes[k]?.phrase ?? '', maskPngs.length)}`, mask);
  }
  await folder.write('result.json', `${JSON.stringify(result, null, 2)}\n`);
}

/**
 * 2-brown-dog.png: letters and digits of any script stay, everything else becomes a dash. Of ten masks and more the
 * first is 01-..., so that names sort as the boxes do.
 */
export function maskName(index: number, phrase: string, count: number): string {
  const words =
    phrase
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  const name = [...words.join('-')].slice(0, 40).join('').replace(/-$/, '');
  return `${String(index + 1).padStart(String(count).length, '0')}-${name === '' ? 'box' : name}.png`;
}

function overlayOf(png: Uint8Array, maskPngs: readonly Uint8Array[], result: GenerationResult): Uint8Array {
  const { width, height, data } = decodePng(png);
  const owner = new Uint8Array(width * height);
  maskPngs.forEach((mask, k) => {
    decodePng(mask).data.forEach((value, p) => {
      if (value !== 0) owner[p] = k + 1;
    });
  });
  // Nothing is drawn around an empty mask.
  const boxes = boxesOfResult(result).map((box): Box => box ?? [0, 0, 0, 0]);
  return encodePng(
    drawOverlay({ image: data, width, height, owner, boxes, colourOf: rgbOfBox }),
    width,
    height,
    4,
  );
}
