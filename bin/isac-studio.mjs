#!/usr/bin/env node
import { existsSync } from 'node:fs';

// The build when there is one, the sources through tsx otherwise.
const built = new URL('../out/main/cli.js', import.meta.url);

if (existsSync(built)) {
  await import(built.href);
} else {
  const { register } = await import('tsx/esm/api');
  register();
  await import('../main/cli/index.ts');
}
