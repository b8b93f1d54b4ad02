import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const packageSchema = z.object({ name: z.string(), version: z.string() });

/** The folder of this program's package.json, from the sources as well as from a build. */
export function appRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    if (existsSync(join(folder, 'package.json')) && packageOf(folder).name === 'isac-studio') return folder;
    const parent = dirname(folder);
    if (parent === folder) throw new Error('The program cannot find its own package.json.');
    folder = parent;
  }
}

/**
 * The folder of models and examples. A packaged app keeps it outside its archive, where ONNX Runtime can read weights,
 * and names it in the environment of every process that it starts.
 */
export function assetsRoot(): string {
  return process.env['ISAC_STUDIO_ASSETS'] ?? join(appRoot(), 'assets');
}

/** Versions that stand in every result. */
export function programVersions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const runtime = dirname(dirname(require.resolve('onnxruntime-node')));
  return {
    'isac-studio': packageOf(appRoot()).version,
    'onnxruntime-node': packageOf(runtime).version,
    node: process.versions.node,
    ...(process.versions['electron'] === undefined ? {} : { electron: process.versions['electron'] }),
    platform: `${process.platform}-${process.arch}`,
  };
}

function packageOf(folder: string): z.infer<typeof packageSchema> {
  return packageSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
}
