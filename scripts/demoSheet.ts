// npm run demo && npx tsx scripts/demoSheet.ts
// Puts demo-output side by side into docs/images/demo.png: per example GLIGEN alone, with ISAC, and the masks.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contactSheet } from '../main/bench/contactSheet.ts';
import { appRoot } from '../main/host/appRoot.ts';
import { decodePng, encodePng } from '../main/host/png.ts';

const SCALE = 2;
const examples = ['brown-dog-and-sheep', 'car-before-bus', 'party-of-five', 'two-cats-touching'];
const pictures = ['baseline.png', 'image.png', 'overlay.png'];

/** RGB of a picture, each pixel SCALE x SCALE times. */
function enlarged(path: string): { data: Uint8Array; width: number; height: number } {
  const { data, width, height, channels } = decodePng(readFileSync(path));
  const large = new Uint8Array(3 * width * SCALE * height * SCALE);
  for (let p = 0; p < large.length / 3; p++) {
    const [x, y] = [Math.floor((p % (width * SCALE)) / SCALE), Math.floor(p / (width * SCALE) / SCALE)];
    const from = channels * (y * width + x);
    large.set(data.subarray(from, from + 3), 3 * p);
  }
  return { data: large, width: width * SCALE, height: height * SCALE };
}

const columns = examples.map((name) =>
  pictures.map((file) => enlarged(join(appRoot(), 'demo-output', name, file))),
);
const [first] = columns.flat();
if (!first) throw new Error('demo-output is empty: run the demo first');
const rows = pictures.map((_, row) => columns.map((column) => column[row]?.data ?? null));
const sheet = contactSheet(rows, first.width, first.height);
writeFileSync(
  join(appRoot(), 'docs', 'images', 'demo.png'),
  encodePng(sheet.data, sheet.width, sheet.height, 3),
);
