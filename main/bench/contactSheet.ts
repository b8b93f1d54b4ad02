/** Pictures of equal size in rows and columns with a gap, RGB; a missing one stays grey. */
export function contactSheet(
  rows: readonly (readonly (Uint8Array | null)[])[],
  width: number,
  height: number,
): { data: Uint8Array; width: number; height: number } {
  const gap = 4;
  const columns = Math.max(1, ...rows.map((row) => row.length));
  const [totalWidth, totalHeight] = [
    columns * (width + gap) + gap,
    Math.max(1, rows.length) * (height + gap) + gap,
  ];
  const data = new Uint8Array(3 * totalWidth * totalHeight).fill(64);
  rows.forEach((row, r) => {
    row.forEach((picture, c) => {
      if (!picture) return;
      const [left, top] = [gap + c * (width + gap), gap + r * (height + gap)];
      for (let y = 0; y < height; y++) {
        data.set(picture.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((top + y) * totalWidth + left));
      }
    });
  });
  return { data, width: totalWidth, height: totalHeight };
}
