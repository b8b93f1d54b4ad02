import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/webgpu/**/*.test.ts'],
    pool: 'forks',
    reporters: ['default', './tests/closingLine.ts'],
    testTimeout: 1_200_000,
  },
});
