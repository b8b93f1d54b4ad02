import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allowedImports, importRules, rowOf } from '../../scripts/architecture.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const allowed = allowedImports();

const slashes = (path: string): string => path.split(sep).join('/');

/** Relative imports of the program's files, of types too, as [importing file, imported file]. */
function imports(): [string, string][] {
  return ['main', 'preload', 'renderer'].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
      .map((file) => slashes(join(top, file)))
      .filter((file) => /\.tsx?$/.test(file))
      .flatMap((file) => {
        const text = readFileSync(join(root, file), 'utf8');
        const found = [
          ...text.matchAll(/^(?:import|export)\b[^;'"]*['"](\.[^'"]+)['"]|\bimport\(\s*['"](\.[^'"]+)['"]/gm),
        ];
        return found.map(([, fixed, lazy]): [string, string] => [
          file,
          slashes(normalize(join(dirname(file), fixed ?? lazy ?? ''))),
        ]);
      }),
  );
}

const arrows = imports().map(([from, to]) => ({ from, to, source: rowOf(allowed.keys(), from), target: rowOf(allowed.keys(), to) })); // prettier-ignore

describe("the architecture's table", () => {
  it('has a row for every file', () => {
    expect(arrows.length).toBeGreaterThan(1000);
    expect(arrows.filter(({ source, target }) => source === null || target === null)).toEqual([]);
  });

  it('allows every import that there is', () => {
    const refused = arrows.filter(
      ({ source, target }) => source !== target && !(allowed.get(source ?? '') ?? []).includes(target ?? ''),
    );
    expect(refused.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('allows nothing that nobody uses', () => {
    const used = new Set(arrows.map(({ source, target }) => `${source} -> ${target}`));
    const unused = [...allowed].flatMap(([row, names]) => names.map((name) => `${row} -> ${name}`)).filter((arrow) => !used.has(arrow)); // prettier-ignore
    expect(unused).toEqual([]);
  });
});

describe('the rules made of the table', () => {
  const text = [
    '| folder | holds | may import |',
    '|---|---|---|',
    '| `main/a` | x | nothing |',
    '| `main/a/deep` | x | `main/b` |',
    '| `main/b` | x | `main/a` |',
    '',
  ].join('\n');
  const rules = importRules(allowedImports(text));
  const refuses = (from: string, to: string): boolean =>
    rules.some(({ from: own, to: target }) => {
      const matches = (
        { path, pathNot = [] }: { path?: string; pathNot?: readonly string[] },
        file: string,
      ): boolean =>
        (path === undefined || new RegExp(path).test(file)) &&
        !pathNot.some((other) => new RegExp(other).test(file));
      return matches(own, from) && matches(target, to);
    });

  it.each([
    ['main/a/x.ts', 'main/a/y.ts', false],
    ['main/b/x.ts', 'main/a/y.ts', false],
    ['main/a/deep/x.ts', 'main/b/y.ts', false],
    ['main/a/x.ts', 'node_modules/zod/index.js', false],
    ['main/a/x.ts', 'main/b/y.ts', true],
    ['main/a/x.ts', 'main/a/deep/y.ts', true],
    ['main/a/deep/x.ts', 'main/a/y.ts', true],
    ['main/b/x.ts', 'main/a/deep/y.ts', true],
    ['main/b/x.ts', 'renderer/x.ts', true],
    ['main/bb/x.ts', 'main/bb/y.ts', true],
  ])('%s -> %s: refused %s', (from, to, refused) => expect(refuses(from, to)).toBe(refused));

  it('name a row that is missing or stands twice', () => {
    const head = '| folder | holds | may import |\n|---|---|---|\n';
    expect(() => allowedImports(`${head}| \`a\` | x | \`b\` |`)).toThrow('a may import b, which has no row');
    expect(() => allowedImports(`${head}| \`a\` | x | |\n| \`a\` | x | |`)).toThrow('lists a twice');
    expect(() => allowedImports('# nothing')).toThrow('has no table');
  });
});
