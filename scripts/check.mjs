import { spawnSync } from 'node:child_process';

// What a change must pass before its tests run: the first four steps of the CI, which calls this script too. Each step
// runs even after another has failed, so that one call shows everything.
const steps = ['lint', 'format:check', 'knip', 'types'];

const failed = steps.filter((step) => {
  console.log(`\n> npm run ${step}`);
  // On Windows npm is a command file, which needs a shell.
  const { status } = spawnSync('npm', ['run', '--silent', step], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  return status !== 0;
});

if (failed.length > 0) console.error(`\nFailed: ${failed.join(', ')}.`);
else console.log(`\nPassed: ${steps.join(', ')}.`);
process.exit(failed.length > 0 ? 1 : 0);
