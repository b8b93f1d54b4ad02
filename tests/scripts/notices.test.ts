import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, 'THIRD_PARTY_NOTICES.txt'), 'utf8');

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly dev?: boolean }>>;
}

/** Run from sources only (electron-builder.yml leaves them out). */
const fromSources = new Set(['tsx']);

it('names every dependency of the app in the version of the lock file', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const manifest = readFileSync(join(root, 'package.json'), 'utf8');
  const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
  const names = Object.keys(dependencies).filter((name) => !fromSources.has(name));
  // The direct ones, and some that come with them.
  for (const name of [...names, 'scheduler', 'onnxruntime-common', '@polka/url'])
    expect(text, name).toContain(`\n${name} ${packages[`node_modules/${name}`]?.version ?? '?'} (`);
});

it.each([
  ['react', 'Copyright (c) Meta Platforms, Inc. and affiliates.'],
  ['konva', 'Anton Lavrenov'],
  ['onnxruntime-node', 'Copyright (c) Microsoft Corporation'],
])('has the copyright of %s', (name, copyright) => {
  const part = text.split(/\n-{100}\n\n/).find((one) => one.startsWith(`${name} `));
  expect(part).toContain(copyright);
});

it('is part of the package', () => {
  expect(readFileSync(join(root, 'electron-builder.yml'), 'utf8')).toContain('  - THIRD_PARTY_NOTICES.txt\n');
});
