import { encodePng } from '../picture.ts';
import { maskName } from '../resultFiles.ts';
import type { Exportable } from './exportable.ts';

/** One 8-bit PNG per box (255 inside, 0 outside) at the image's size, by file name. */
export function toMaskFiles({ image: { width, height }, boxes }: Exportable): Map<string, Uint8Array> {
  return new Map(
    boxes.map(({ phrase, mask }, index) => [
      maskName(index, phrase),
      encodePng({ width, height, channels: 1, data: mask.map((value) => (value === 0 ? 0 : 255)) }),
    ]),
  );
}
