/**
 * Of every owner's pixels only those connected by edges to its main body stay, together with further bodies of at least
 * `keepShare` of the main body's size (a dog seen on both sides of a tree). Everything else becomes background,
 * and holes of the background inside one owner smaller than `fillShare` of its main body become the owner's.
 *
 * @param owner 0 = background, k + 1 = box k; changed in place
 */
export function removeIslands(
  owner: Uint8Array,
  width: number,
  height: number,
  keepShare: number,
  fillShare: number,
): void {
  const { labels, bodies } = labelBodies(owner, width, height);
  const main = new Map<number, number>();
  for (const { owner: who, size } of bodies) main.set(who, Math.max(main.get(who) ?? 0, size));
  const becomes = bodies.map(({ owner: who, size, neighbours }) => {
    if (who !== 0) return size >= keepShare * (main.get(who) ?? 0) ? who : surrounding(neighbours);
    const inside = surrounding(neighbours);
    return inside !== 0 && size < fillShare * (main.get(inside) ?? 0) ? inside : 0;
  });
  for (let p = 0; p < owner.length; p++) owner[p] = becomes[labels[p] ?? 0] ?? 0;
}

/** The one owner all around a body; background when there are several or it touches the border. */
function surrounding(neighbours: ReadonlySet<number>): number {
  const [only] = neighbours;
  return neighbours.size === 1 ? (only ?? 0) : 0;
}

interface Body {
  owner: number;
  size: number;
  /** Owners of the pixels around it; the image's border counts as background. */
  neighbours: Set<number>;
}

/** Bodies of one owner connected by edges. */
function labelBodies(
  owner: Uint8Array,
  width: number,
  height: number,
): { labels: Int32Array; bodies: Body[] } {
  const labels = new Int32Array(owner.length).fill(-1);
  const bodies: Body[] = [];
  const stack: number[] = [];
  for (let seed = 0; seed < owner.length; seed++) {
    if (labels[seed] !== -1) continue;
    const body: Body = { owner: owner[seed] ?? 0, size: 0, neighbours: new Set() };
    const label = bodies.push(body) - 1;
    const reach = (p: number): void => {
      if (owner[p] !== body.owner) {
        body.neighbours.add(owner[p] ?? 0);
      } else if (labels[p] === -1) {
        labels[p] = label;
        stack.push(p);
      }
    };
    reach(seed);
    for (let p = stack.pop(); p !== undefined; p = stack.pop()) {
      body.size++;
      const x = p % width;
      const y = (p - x) / width;
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) body.neighbours.add(0);
      if (x > 0) reach(p - 1);
      if (x < width - 1) reach(p + 1);
      if (y > 0) reach(p - width);
      if (y < height - 1) reach(p + width);
    }
  }
  return { labels, bodies };
}
