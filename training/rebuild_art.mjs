// Rebuilds the training art from the public npm icon packages: RGBA PNGs of 128x128 and a manifest.json, in OUT.
//
//   node training/rebuild_art.mjs OUT [--only CLASS,CLASS...] [--packages FOLDER]
//
// Needs npm (the packages are installed into OUT/.packages, about 200 MB unpacked, or taken from --packages) and sharp.
// training/art.json names the icon of every drawing; no art is kept in the repository. The openclipart drawings are not
// in npm: without them every class keeps its emoji artists (`chair` keeps three), see training/README.md.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PACKAGES = {
  twemoji: ['1.2.5', 'CC-BY-4.0'],
  noto: ['1.2.9', 'Apache-2.0'],
  'noto-v1': ['1.2.5', 'Apache-2.0'],
  'fluent-emoji-flat': ['1.2.6', 'MIT'],
  'fluent-emoji': ['1.2.7', 'MIT'],
  emojione: ['1.2.3', 'CC-BY-4.0'],
  fxemoji: ['1.2.2', 'CC-BY-4.0'],
  'streamline-emojis': ['1.2.4', 'CC-BY-4.0'],
};
const SHARP = '0.34.5';
const SIDE = 128;

const args = process.argv.slice(2);
const option = (name) => {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args.splice(at, 2)[1];
};
const only = option('--only')?.split(',');
const given = option('--packages');
const out = args[0];
if (out === undefined) {
  console.error('Say where the art shall go: node training/rebuild_art.mjs OUT');
  process.exit(2);
}
const folder = path.resolve(given ?? path.join(out, '.packages'));
await mkdir(folder, { recursive: true });
const wanted = Object.entries(PACKAGES).filter(
  ([name]) => !existsSync(path.join(folder, 'node_modules', '@iconify-json', name)),
);
const specs = wanted.map(([name, [version]]) => `@iconify-json/${name}@${version}`);
if (!existsSync(path.join(folder, 'node_modules', 'sharp'))) specs.push(`sharp@${SHARP}`);
if (specs.length > 0) {
  execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, ...specs], {
    stdio: 'inherit',
  });
}
const require = createRequire(path.join(folder, 'node_modules', 'sharp', 'package.json'));
const { default: sharp } = await import(pathToFileURL(require.resolve('sharp')).href);

/** One icon as an SVG document: its own body and box, or that of the icon it is an alias of. */
function svgOf(set, name) {
  let icon = set.icons[name];
  for (let i = 0; icon === undefined && i < 5; i += 1) {
    const alias = set.aliases?.[name];
    if (alias === undefined) break;
    name = alias.parent;
    icon = set.icons[name];
  }
  if (icon === undefined) return undefined;
  const width = icon.width ?? set.width ?? 16;
  const height = icon.height ?? set.height ?? 16;
  const left = icon.left ?? set.left ?? 0;
  const top = icon.top ?? set.top ?? 0;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${SIDE}" height="${SIDE}" ` +
    `viewBox="${left} ${top} ${width} ${height}">${icon.body}</svg>`
  );
}

/** The tight box [x, y, w, h] of alpha > 16, or undefined for an empty picture. */
function boxOf(data) {
  let [x0, y0, x1, y1, count] = [SIDE, SIDE, -1, -1, 0];
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1) {
      if (data[(y * SIDE + x) * 4 + 3] <= 16) continue;
      count += 1;
      x0 = Math.min(x0, x);
      x1 = Math.max(x1, x);
      y0 = Math.min(y0, y);
      y1 = Math.max(y1, y);
    }
  }
  return count === 0 ? undefined : { bbox: [x0, y0, x1 - x0 + 1, y1 - y0 + 1], count };
}

const list = JSON.parse(await readFile(fileURLToPath(new URL('art.json', import.meta.url)), 'utf8'));
const sets = {};
for (const name of Object.keys(PACKAGES)) {
  sets[name] = JSON.parse(await readFile(path.join(folder, 'node_modules', '@iconify-json', name, 'icons.json'), 'utf8'));
}
const manifest = [];
const missing = [];
for (const entry of list) {
  if (only !== undefined && !only.includes(entry.class)) continue;
  const svg = svgOf(sets[entry.set], entry.source);
  const picture = svg && (await sharp(Buffer.from(svg), { density: 72 }).resize(SIDE, SIDE).ensureAlpha().raw().toBuffer());
  const box = picture && boxOf(picture);
  if (!box) {
    missing.push(`${entry.set}:${entry.source}`);
    continue;
  }
  const file = path.join(out, entry.file);
  await mkdir(path.dirname(file), { recursive: true });
  await sharp(picture, { raw: { width: SIDE, height: SIDE, channels: 4 } }).png().toFile(file);
  const fill = Math.round((box.count / (box.bbox[2] * box.bbox[3])) * 1000) / 1000;
  manifest.push({ ...entry, licence: PACKAGES[entry.set][1], bbox: box.bbox, fill });
}
await writeFile(path.join(out, 'manifest.json'), JSON.stringify(manifest, null, 1) + '\n');
console.log(`${manifest.length} drawings in ${out}`);
if (missing.length > 0) {
  console.error(`not found or empty: ${missing.join(', ')}`);
  process.exitCode = 1;
}
