import { encodePng, shrink, toRgba, type Picture } from '../picture.ts';
import { rgbOf, type Exportable } from './exportable.ts';
import { escapeXml } from './svg.ts';

export interface ContactSheetOptions {
  /** Pictures side by side; by default as square as possible. */
  columns?: number;
  /** Longest side of a picture on the sheet, in pixels. */
  side?: number;
  /** Show each picture once more with its masks over it. */
  masks?: boolean;
}

/** Pixels between pictures. */
const GAP = 8;

/** Results side by side as one PNG, in the given order, without text (`contactSheetSvg` has it). */
export function contactSheetPng(
  results: readonly Exportable[],
  options: ContactSheetOptions = {},
): Uint8Array {
  const { cells, columns, side } = arrange(results, options);
  const rows = Math.ceil(cells.length / columns);
  const width = columns * (side + GAP) + GAP;
  const height = rows * (side + GAP) + GAP;
  const data = new Uint8Array(width * height * 3).fill(32);
  cells.forEach(({ picture }, index) => {
    const rgba = toRgba(picture);
    const left = GAP + (index % columns) * (side + GAP) + Math.floor((side - picture.width) / 2);
    const top = GAP + Math.floor(index / columns) * (side + GAP) + Math.floor((side - picture.height) / 2);
    for (let y = 0; y < picture.height; y++) {
      for (let x = 0; x < picture.width; x++) {
        const from = (y * picture.width + x) * 4;
        data.set(rgba.subarray(from, from + 3), ((top + y) * width + left + x) * 3);
      }
    }
  });
  return encodePng({ width, height, channels: 3, data });
}

/** The same sheet as SVG, with caption and seed under every picture. */
export function contactSheetSvg(results: readonly Exportable[], options: ContactSheetOptions = {}): string {
  const { cells, columns, side } = arrange(results, options);
  const line = 18;
  const step = side + GAP + line;
  const width = columns * (side + GAP) + GAP;
  const height = Math.ceil(cells.length / columns) * step + GAP;
  const items = cells.map(({ picture, caption }, index) => {
    const left = GAP + (index % columns) * (side + GAP);
    const top = GAP + Math.floor(index / columns) * step;
    const href = `data:image/png;base64,${Buffer.from(encodePng(picture)).toString('base64')}`;
    return (
      `  <image x="${left}" y="${top}" width="${side}" height="${side}" href="${href}"/>\n` +
      `  <text x="${left}" y="${top + side + line - 5}" font-family="sans-serif" font-size="12" fill="#e0e0e0">${escapeXml(caption)}</text>`
    );
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    '  <rect width="100%" height="100%" fill="#202020"/>',
    ...items,
    '</svg>',
    '',
  ].join('\n');
}

function arrange(
  results: readonly Exportable[],
  { columns, side = 256, masks = false }: ContactSheetOptions,
): { cells: { picture: Picture; caption: string }[]; columns: number; side: number } {
  const cells = results.flatMap((one) => {
    const { caption, seed } = one.result.request;
    // About as many characters as fit under a picture at 12 pixels.
    const room = Math.max(8, Math.floor(side / 6.5) - String(seed).length - 3);
    const short = caption.length > room ? `${caption.slice(0, room - 1)}…` : caption;
    const plain = { picture: shrink(one.image, side), caption: `${short} · ${seed}` };
    return masks ? [plain, { picture: shrink(withMasks(one), side), caption: '' }] : [plain];
  });
  const perResult = masks ? 2 : 1;
  const across = columns ?? Math.ceil(Math.sqrt(results.length)) * perResult;
  return { cells, columns: Math.max(1, Math.min(across, cells.length)), side };
}

/** The image with every mask laid over it at half strength. */
export function withMasks({ image, boxes }: Exportable): Picture {
  const data = Uint8Array.from(toRgba(image));
  for (const { mask, colour } of boxes) {
    const rgb = rgbOf(colour);
    mask.forEach((set, pixel) => {
      if (set === 0) return;
      rgb.forEach((value, channel) => {
        const at = pixel * 4 + channel;
        data[at] = Math.round(((data[at] ?? 0) + value) / 2);
      });
    });
  }
  return { width: image.width, height: image.height, channels: 4, data };
}
