import { defineConfig } from 'vitest/config';

/** Opt-in tests on checkpoints of full size: `npm run test:full`. See scripts/fullSize/README.md for what they need. */
export default defineConfig({
  test: {
    include: ['tests/full/**/*.test.ts'],
    pool: 'forks',
    // Gigabytes each: one file after the other.
    fileParallelism: false,
    reporters: ['verbose', './tests/closingLine.ts'],
    testTimeout: 3_600_000,
    hookTimeout: 3_600_000,
  },
});
