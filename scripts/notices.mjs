// npm run notices: writes THIRD_PARTY_NOTICES.txt, the licences of every package that ships with the app.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(fileURLToPath(import.meta.url), '..', '..');

/** Packages of the lock file that electron-builder.yml leaves out: run from sources only, or for browsers. */
const notShipped =
  /^node_modules\/(tsx|esbuild|@esbuild\/.*|get-tsconfig|resolve-pkg-maps|fsevents|onnxruntime-web)$/;

const licenceFile = /^(licen[cs]e|copying|notice|third-?party)/i;

/** Who holds the rights where package.json names only who publishes it. Source: the LICENSE file of the repository. */
const holders = {
  'onnxruntime-node': 'Microsoft Corporation',
  'onnxruntime-common': 'Microsoft Corporation',
};

const MIT = readFileSync(join(root, 'LICENSE'), 'utf8').replace(/^[\s\S]*?(?=Permission is hereby)/, '');

/** Folders of the packages that ship, in the lock file's order: production, with their own dependencies. */
export function shippedPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .map(([path]) => path)
    .filter((path) => !notShipped.test(path) && existsSync(join(root, path)));
}

function publisher(name, author) {
  if (author === undefined) return `the authors of ${name}`;
  return typeof author === 'string' ? author : author.name;
}

/** The text of the notices. */
export function notices() {
  const parts = shippedPackages().map((path) => {
    const folder = join(root, path);
    const { name, version, license, author, repository, homepage } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    const files = readdirSync(folder)
      .filter((file) => licenceFile.test(file))
      .sort();
    const texts = files.map((file) =>
      readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim(),
    );
    if (texts.length === 0) {
      if (license !== 'MIT')
        throw new Error(`${path} has no licence file and is not under MIT: add its text here.`);
      const by = holders[name] ?? publisher(name, author);
      texts.push(`MIT License\n\nCopyright (c) ${by}\n\n${MIT.trim()}`);
    }
    const source = homepage ?? (typeof repository === 'string' ? repository : repository?.url) ?? '';
    return `${name} ${version} (${license})\n${source}\n\n${texts.join('\n\n')}\n`;
  });
  const head =
    'Third-party software in ISAC Studio. Written by "npm run notices" from the packages themselves.\n' +
    "Electron and Chromium: LICENSE.electron.txt and LICENSES.chromium.html beside the program. What ONNX Runtime's\n" +
    'libraries contain: https://github.com/microsoft/onnxruntime/blob/v1.30.0/ThirdPartyNotices.txt\n';
  return [head, ...parts].join(`\n${'-'.repeat(100)}\n\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(join(root, 'THIRD_PARTY_NOTICES.txt'), notices());
