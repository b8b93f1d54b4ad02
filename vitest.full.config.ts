import { defineConfig } from 'vitest/config';

/** Opt-in tests on checkpoints of full size: `npm run test:full`. They need what scripts/fullSize/makeCheckpoints.ts writes. */
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
