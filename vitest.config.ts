import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts', 'tests/**/*.test.tsx'],
    exclude: ['tests/full/**', 'tests/webgpu/**', 'node_modules/**'],
    // onnxruntime-node is a native addon: a process each, never worker threads (ORT #20084).
    pool: 'forks',
    // Not the library of whoever runs the tests.
    env: { ISAC_STUDIO_HOME: join(tmpdir(), 'isac-studio-tests') },
    reporters: ['default', './tests/closingLine.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
