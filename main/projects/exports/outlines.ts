import { traceContours } from '../../engine/masks/contours.ts';

type Corner = readonly [x: number, y: number];

/**
 * Outlines of a mask as closed rings of pixel corners, holes as rings of their own. `traceContours` joins a hole to
 * its body by a cut of no width, walked there and back; drawn as a line that cut would show, so it is taken out again.
 */
export function outlinesOf(mask: Uint8Array, width: number, height: number): Corner[][] {
  return traceContours(mask, width, height).flatMap(withoutCuts);
}

/** Splits a polygon where it runs along itself in both directions. */
function withoutCuts(polygon: readonly number[]): Corner[][] {
  // Edges of one pixel, by where they start: cuts are cut into the same pieces as what they meet.
  const edges = new Map<string, Corner[]>();
  const key = ([x, y]: Corner): string => `${x},${y}`;
  const corners: Corner[] = [];
  for (let index = 0; index < polygon.length; index += 2)
    corners.push([polygon[index] ?? 0, polygon[index + 1] ?? 0]);
  corners.forEach(([x0, y0], index) => {
    const [x1, y1] = corners[(index + 1) % corners.length] ?? [x0, y0];
    const [dx, dy] = [Math.sign(x1 - x0), Math.sign(y1 - y0)];
    for (let [x, y] = [x0, y0]; x !== x1 || y !== y1; x += dx, y += dy) {
      const [from, to]: [Corner, Corner] = [
        [x, y],
        [x + dx, y + dy],
      ];
      const back = edges.get(key(to));
      const opposite = back?.findIndex((corner) => key(corner) === key(from)) ?? -1;
      if (back !== undefined && opposite >= 0) back.splice(opposite, 1);
      else edges.set(key(from), [...(edges.get(key(from)) ?? []), to]);
    }
  });
  const rings: Corner[][] = [];
  for (const [start, ends] of edges) {
    while (ends.length > 0) {
      const ring: Corner[] = [];
      let at = start;
      let next = ends.pop();
      while (next !== undefined) {
        ring.push(next);
        at = key(next);
        next = at === start ? undefined : edges.get(at)?.pop();
      }
      rings.push(onlyTurns(ring));
    }
  }
  return rings;
}

/** Drops the corners on straight runs. */
function onlyTurns(ring: readonly Corner[]): Corner[] {
  return ring.filter(([x, y], index) => {
    const [px, py] = ring[(index + ring.length - 1) % ring.length] ?? [x, y];
    const [nx, ny] = ring[(index + 1) % ring.length] ?? [x, y];
    return (x - px) * (ny - y) !== (y - py) * (nx - x);
  });
}
