import { readFileSync } from 'node:fs';

/**
 * The table of folders in docs/architecture.md, from which `npm run lint` takes what may import what
 * (.dependency-cruiser.mjs). Each row names folders (or single files), what they hold, and what they may import; whatever
 * isn't named is forbidden.
 */
const DOCUMENT = new URL('../docs/architecture.md', import.meta.url);

/**
 * @param {string} markdown text with a table whose head is "| folder | holds | may import |"
 * @returns {Map<string, string[]>} what each folder or file may import of the program
 */
export function allowedImports(markdown = readFileSync(DOCUMENT, 'utf8')) {
  const lines = markdown.split('\n');
  const head = lines.indexOf('| folder | holds | may import |');
  if (head < 0) throw new Error('docs/architecture.md has no table "| folder | holds | may import |"');
  const rows = lines.slice(head + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  const allowed = new Map();
  for (const row of end < 0 ? rows : rows.slice(0, end)) {
    const [, folders = '', , imports = ''] = row.split('|');
    for (const folder of quoted(folders)) {
      if (allowed.has(folder)) throw new Error(`docs/architecture.md lists ${folder} twice`);
      allowed.set(folder, quoted(imports));
    }
  }
  for (const [folder, imports] of allowed) {
    const unknown = imports.find((name) => !allowed.has(name));
    if (unknown !== undefined)
      throw new Error(`docs/architecture.md: ${folder} may import ${unknown}, which has no row`);
  }
  return allowed;
}

const quoted = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);

/**
 * The row that a file belongs to: the longest that matches.
 *
 * @param {Iterable<string>} folders
 * @param {string} file
 * @returns {string | null}
 */
export function rowOf(folders, file) {
  const matching = [...folders].filter((folder) => file === folder || file.startsWith(`${folder}/`));
  return matching.sort((a, b) => b.length - a.length)[0] ?? null;
}

const escaped = (text) => text.replaceAll('.', '\\.');

/** The files of a row, as a regular expression: those of longer rows below it are left out. */
function pattern(folder, folders) {
  const below = folders
    .filter((other) => other.startsWith(`${folder}/`))
    .map((other) => other.slice(folder.length + 1));
  const excluded = below.length === 0 ? '' : `(?!(${below.map(escaped).join('|')})(/|$))`;
  return `^${escaped(folder)}(/${excluded}|$)`;
}

/**
 * One rule of dependency-cruiser per row, and one for files without a row.
 *
 * @param {Map<string, string[]>} allowed
 */
export function importRules(allowed) {
  const folders = [...allowed.keys()];
  const program = '^(main|preload|renderer)/';
  return [
    ...folders.map((folder) => ({
      name: `${folder} imports what its row allows`,
      severity: 'error',
      comment: 'docs/architecture.md, "Folders, and who may import whom"',
      from: { path: pattern(folder, folders) },
      to: {
        path: program,
        pathNot: [folder, ...(allowed.get(folder) ?? [])].map((name) => pattern(name, folders)),
      },
    })),
    {
      name: 'every folder has a row in docs/architecture.md',
      severity: 'error',
      from: { path: program, pathNot: folders.map((name) => pattern(name, folders)) },
      to: {},
    },
  ];
}
