import type { Exportable } from './exportable.ts';
import { outlinesOf } from './outlines.ts';

export interface SvgOptions {
  /** Put the picture under the outlines. */
  withImage?: boolean;
}

/** A result's masks as SVG: one group per box with its outline, its box and its phrase; one unit is one pixel. */
export function toSvg({ image, png, boxes }: Exportable, { withImage = false }: SvgOptions = {}): string {
  const { width, height } = image;
  const stroke = round(Math.max(width, height) / 256);
  const fontSize = round(Math.max(width, height) / 24);
  const groups = boxes.map(({ id, phrase, box, mask, colour }) => {
    const path = outlinesOf(mask, width, height)
      .map((ring) => `M${ring.map(([x, y]) => `${x} ${y}`).join('L')}Z`)
      .join('');
    const [x0, y0, x1, y1] = [box[0] * width, box[1] * height, box[2] * width, box[3] * height].map(round);
    const [left = 0, top = 0, right = 0, bottom = 0] = [x0, y0, x1, y1];
    return [
      `  <g id="${escapeXml(`box-${id}`)}" class="instance">`,
      `    <title>${escapeXml(phrase)}</title>`,
      `    <path d="${path}" fill="${colour}" fill-opacity="0.3" fill-rule="evenodd" stroke="${colour}" stroke-width="${stroke}" stroke-linejoin="round"/>`,
      `    <rect x="${left}" y="${top}" width="${round(right - left)}" height="${round(bottom - top)}" fill="none" stroke="${colour}" stroke-width="${stroke}" stroke-dasharray="${stroke * 4} ${stroke * 2}"/>`,
      `    <text x="${round(left + stroke * 2)}" y="${round(top + fontSize)}" font-family="sans-serif" font-size="${fontSize}" fill="${colour}" stroke="#000000" stroke-width="${round(fontSize / 6)}" paint-order="stroke">${escapeXml(phrase)}</text>`,
      '  </g>',
    ].join('\n');
  });
  const picture = `  <image width="${width}" height="${height}" href="data:image/png;base64,${Buffer.from(png).toString('base64')}"/>`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    ...(withImage ? [picture] : []),
    ...groups,
    '</svg>',
    '',
  ].join('\n');
}

/** Text that may hold anything, as XML 1.0 takes it: characters that it forbids become U+FFFD. */
export function escapeXml(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
