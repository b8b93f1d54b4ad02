import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { appRoot } from '../../../main/host/appRoot.ts';

/** Builds the page where the web mode expects it, unless a build is there that is newer than every source. */
export async function buildPage(): Promise<void> {
  const root = appRoot();
  const page = join(root, 'out', 'renderer', 'index.html');
  const sources = Math.max(newest(join(root, 'renderer')), newest(join(root, 'preload')));
  if (existsSync(page) && statSync(page).mtimeMs > sources) return;
  await build({
    configFile: false,
    logLevel: 'error',
    root: join(root, 'renderer'),
    plugins: [react()],
    build: {
      outDir: join(root, 'out', 'renderer'),
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 2000,
    },
  });
}

function newest(folder: string): number {
  return Math.max(
    0,
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
}
