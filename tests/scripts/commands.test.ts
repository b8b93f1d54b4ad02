import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  version: string;
  packageManager: string;
};

const workflows = readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`);
const documents = ['README.md', 'CONTRIBUTING.md', '.github/pull_request_template.md', '.github/ISSUE_TEMPLATE/bug.yml', '.ci/run', 'scripts/hooks/pre-commit', ...workflows]; // prettier-ignore

describe('commands that documents, workflows and hooks name', () => {
  it.each(documents)('%s: each is a script of package.json', (document) => {
    const named = [...read(document).matchAll(/npm run (?:-s |--silent )?([a-z][\w:-]*)/g)].map(
      ([, name = '']) => name,
    );
    expect(named.filter((name) => manifest.scripts[name] === undefined)).toEqual([]);
  });

  it('the check runs the first four steps, and the CI runs the check', () => {
    const [, list = ''] = /const steps = \[([^\]]*)\]/.exec(read('scripts/check.mjs')) ?? [];
    const steps = [...list.matchAll(/'([^']+)'/g)].map(([, step = '']) => step);
    expect(steps).toEqual(['lint', 'format:check', 'knip', 'types']);
    expect(steps.every((step) => manifest.scripts[step] !== undefined)).toBe(true);
    for (const file of ['.ci/run', '.github/workflows/ci.yml', '.github/workflows/release.yml'])
      expect(read(file)).toContain('npm run check');
  });

  it('links in the documents lead to files of the repository', () => {
    for (const document of [
      'CONTRIBUTING.md',
      'SECURITY.md',
      'CODE_OF_CONDUCT.md',
      'CHANGELOG.md',
      'docs/architecture.md',
    ]) {
      const links = [...read(document).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link);
      const broken = links.filter((link) => !existsSync(join(root, document, '..', link)));
      expect(broken, document).toEqual([]);
    }
  });

  it('the changelog has the version of package.json', () => {
    expect(read('CHANGELOG.md')).toContain(`## ${manifest.version}\n`);
  });
});
