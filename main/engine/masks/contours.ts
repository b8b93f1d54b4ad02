/**
 * Outlines of a mask as COCO polygons, exact to the pixel: they run along the pixels' edges, so that filling them
 * by the even-odd rule gives the mask back. (Marching squares would cut the corners of every pixel.)
 */

/** Corner of the pixel grid, x in 0..width and y in 0..height. */
type Corner = readonly [x: number, y: number];

interface Ring {
  /** Corners where the outline turns; the first is not repeated. */
  corners: Corner[];
  /** Shoelace sum: positive around a body (clockwise on the screen), negative around a hole. */
  area: number;
}

/**
 * One polygon [x0, y0, x1, y1, ...] per body of pixels connected by their edges. COCO's polygons cannot have holes:
 * a hole is joined to its body's outline by a cut of no width, there and back.
 *
 * @param mask row-major, width * height values, anything but 0 counts as set
 */
export function traceContours(mask: Uint8Array, width: number, height: number): number[][] {
  if (mask.length !== width * height) {
    throw new Error(`A mask of ${width} x ${height} needs ${width * height} values, not ${mask.length}.`);
  }
  const rings = traceRings(mask, width, height);
  const bodies = rings.filter(({ area }) => area > 0);
  const holes = rings.filter(({ area }) => area < 0).map(({ corners }) => startAtLeft(corners));
  // From left to right, so that the edge left of a hole belongs to the body or to a hole that is already joined.
  holes.sort((a, b) => at(a, 0)[0] - at(b, 0)[0]);
  for (const hole of holes) joinHole(bodies, hole);
  return bodies.map(({ corners }) => corners.flat());
}

/** Outlines with the mask's pixels on their right hand. */
function traceRings(mask: Uint8Array, width: number, height: number): Ring[] {
  const set = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x] !== 0;
  // Outlines go right along the tops of pixels. Every body has a top, every hole a set pixel below it: it is enough
  // to start there. Edges that were walked to the right, by their left corner:
  const seen = new Uint8Array(width * (height + 1));
  const rings: Ring[] = [];
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x < width; x++) {
      if (seen[y * width + x] === 0 && set(x, y) && !set(x, y - 1)) rings.push(walk(set, seen, width, x, y));
    }
  }
  return rings;
}

/** Steps along an outline: right, down, left, up. */
const STEPS: readonly Corner[] = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
];

function walk(
  set: (x: number, y: number) => boolean,
  seen: Uint8Array,
  width: number,
  startX: number,
  startY: number,
): Ring {
  const corners: Corner[] = [[startX, startY]];
  let area = 0;
  let [x, y, direction] = [startX, startY, 0];
  for (;;) {
    if (direction === 0) seen[y * width + x] = 1;
    const [dx, dy] = at(STEPS, direction);
    area += x * dy - y * dx;
    x += dx;
    y += dy;
    // The two pixels ahead of the corner. Where two pixels touch by a corner only, the outline stays with its own
    // pixel (turns right), which keeps bodies apart that no edge connects.
    const aheadRight = set(x + (dx - dy - 1) / 2, y + (dy + dx - 1) / 2);
    const aheadLeft = set(x + (dx + dy - 1) / 2, y + (dy - dx - 1) / 2);
    const turn = aheadRight ? (aheadLeft ? 3 : 0) : 1;
    direction = (direction + turn) % 4;
    if (x === startX && y === startY && direction === 0) return { corners, area };
    if (turn !== 0) corners.push([x, y]);
  }
}

/** The same ring, starting at its leftmost corner. */
function startAtLeft(corners: readonly Corner[]): Corner[] {
  let first = 0;
  corners.forEach((corner, index) => {
    if (corner[0] < at(corners, first)[0]) first = index;
  });
  return [...corners.slice(first), ...corners.slice(0, first)];
}

/** Joins a hole to the body whose upright edge is the nearest one to the left of the hole's leftmost edge. */
function joinHole(bodies: readonly Ring[], hole: readonly Corner[]): void {
  const [holeX, holeY] = at(hole, 0);
  const [secondX, secondY] = at(hole, 1);
  // The pixels left of the hole, in the row beside its leftmost edge, belong to its body: look through their middle.
  const row = holeY + 0.5 * Math.sign((secondX === holeX ? secondY : at(hole, hole.length - 1)[1]) - holeY);
  let best: { body: Ring; edge: number; x: number } | undefined;
  for (const body of bodies) {
    for (let edge = 0; edge < body.corners.length; edge++) {
      const [x, y0] = at(body.corners, edge);
      const [nextX, y1] = at(body.corners, (edge + 1) % body.corners.length);
      const reaches = Math.min(y0, y1) < row && row < Math.max(y0, y1);
      if (x === nextX && x < holeX && reaches && (best === undefined || x > best.x)) best = { body, edge, x };
    }
  }
  if (best === undefined) throw new Error('A hole without a body around it.');
  const cut: Corner = [best.x, holeY];
  const { corners } = best.body;
  best.body.corners = corners
    .slice(0, best.edge + 1)
    .concat([cut], hole, [[holeX, holeY], cut], corners.slice(best.edge + 1))
    .filter(([x, y], index, all) => {
      const [nextX, nextY] = at(all, (index + 1) % all.length);
      return x !== nextX || y !== nextY;
    });
}

function at(corners: readonly Corner[], index: number): Corner {
  const corner = corners[index];
  if (corner === undefined) throw new Error(`No corner ${index}.`);
  return corner;
}
