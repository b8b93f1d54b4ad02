import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const file = (path: string): string => resolve(import.meta.dirname, path);

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      rollupOptions: {
        input: {
          /** Electron's main process. */
          index: file('main/app/index.ts'),
          /** The web mode. */
          web: file('main/web/index.ts'),
          /** The command line. */
          cli: file('main/cli/index.ts'),
          /** Files that are started as processes of their own; main/host/entries.ts finds them beside itself. */
          engineChild: file('main/host/engineChild.ts'),
          probeChild: file('main/host/probeChild.ts'),
          /** The thread that reads files from outside; main/reader/readerEntry.ts finds it. */
          readerWorker: file('main/reader/readerWorker.ts'),
        },
        // Chunks lie beside the entries, so that "beside this file" means the same in all of them.
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunk-[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      // A sandboxed preload script is one CommonJS file without requires of its own.
      externalizeDeps: { exclude: ['zod'] },
      rollupOptions: {
        input: { index: file('preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: file('renderer'),
    plugins: [react()],
    build: {
      outDir: file('out/renderer'),
      rollupOptions: { input: file('renderer/index.html') },
      // Data addresses would need a hole in the content security policy; fonts and pictures are files.
      assetsInlineLimit: 0,
    },
  },
});
