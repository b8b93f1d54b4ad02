import type { MaskBytes } from './maskPixels.ts';

/**
 * The outline of a mask at half of its height (127.5), as line segments x0, y0, x1, y1, ... in shares of
 * the image: marching squares with linear interpolation between the middles of neighbouring pixels. A mask
 * that reaches the image's side is closed along it.
 */
export function maskContour(mask: MaskBytes): number[] {
  const { width, height, values } = mask;
  const at = (column: number, row: number): number =>
    column < 0 || row < 0 || column >= width || row >= height ? 0 : (values[row * width + column] ?? 0);
  const segments: number[] = [];
  const clampShare = (value: number, side: number): number => Math.min(1, Math.max(0, (value + 0.5) / side));
  const add = (a: readonly [number, number], b: readonly [number, number]): void => {
    segments.push(
      clampShare(a[0], width),
      clampShare(a[1], height),
      clampShare(b[0], width),
      clampShare(b[1], height),
    );
  };
  for (let row = -1; row < height; row += 1) {
    for (let column = -1; column < width; column += 1) {
      const nw = at(column, row);
      const ne = at(column + 1, row);
      const se = at(column + 1, row + 1);
      const sw = at(column, row + 1);
      const inside = (nw > 127 ? 8 : 0) | (ne > 127 ? 4 : 0) | (se > 127 ? 2 : 0) | (sw > 127 ? 1 : 0);
      if (inside === 0 || inside === 15) {
        continue;
      }
      const cut = (from: number, to: number): number => (127.5 - from) / (to - from);
      const top = (): [number, number] => [column + cut(nw, ne), row];
      const right = (): [number, number] => [column + 1, row + cut(ne, se)];
      const bottom = (): [number, number] => [column + cut(sw, se), row + 1];
      const left = (): [number, number] => [column, row + cut(nw, sw)];
      switch (inside) {
        case 1:
        case 14:
          add(left(), bottom());
          break;
        case 2:
        case 13:
          add(bottom(), right());
          break;
        case 3:
        case 12:
          add(left(), right());
          break;
        case 4:
        case 11:
          add(top(), right());
          break;
        case 6:
        case 9:
          add(top(), bottom());
          break;
        case 7:
        case 8:
          add(left(), top());
          break;
        case 5:
          // Two corners across from each other: kept apart.
          add(left(), bottom());
          add(top(), right());
          break;
        case 10:
          add(left(), top());
          add(bottom(), right());
          break;
      }
    }
  }
  return segments;
}
