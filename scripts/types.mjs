// Type-checks every runtime with only that runtime's types (one tsconfig each).
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
let failed = false;
for (const project of ['tsconfig.node.json', 'tsconfig.preload.json', 'tsconfig.renderer.json']) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { stdio: 'inherit' });
  if (status !== 0) {
    failed = true;
    console.error(`types: ${project} failed`);
  }
}
process.exit(failed ? 1 : 0);
