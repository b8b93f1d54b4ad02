import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { appRoot, programVersions } from './appRoot.ts';

/** Where Linux keeps the Vulkan loader. */
export const LIBRARY_FOLDERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/lib/x86_64-linux-gnu',
  '/usr/local/lib',
];

/** Where it keeps the list of Vulkan drivers. */
export const DRIVER_FOLDERS = [
  '/usr/share/vulkan/icd.d',
  '/etc/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
];

const VARIABLES = ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'CUDA_VISIBLE_DEVICES', 'LD_LIBRARY_PATH'];

/**
 * Stands for everything that decides which devices start here: the system, its drivers as far as files tell of them,
 * ONNX Runtime and its libraries. Another one means that what was found out before may be wrong.
 */
export function driverFingerprint(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const parts = [
    process.platform,
    process.arch,
    release(),
    programVersions()['onnxruntime-node'] ?? '',
    stamp(
      join(appRoot(), 'node_modules', 'onnxruntime-node', 'bin', 'napi-v6', process.platform, process.arch),
    ),
    ...VARIABLES.map((name) => env[name] ?? ''),
  ];
  if (process.platform === 'linux') {
    parts.push(
      text('/proc/driver/nvidia/version'),
      names('/dev/dri'),
      ...DRIVER_FOLDERS.map((folder) => `${names(folder)} ${stamp(folder)}`),
      ...LIBRARY_FOLDERS.map((folder) => stamp(join(folder, 'libvulkan.so.1'))),
    );
  }
  if (process.platform === 'win32') {
    // Every driver that is installed gets a folder here.
    parts.push(stamp(join(env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'DriverStore', 'FileRepository')));
  }
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(0, 1000);
  } catch {
    return '';
  }
}

function names(folder: string): string {
  try {
    return readdirSync(folder).sort().join();
  } catch {
    return '';
  }
}

function stamp(path: string): string {
  try {
    const { size, mtimeMs } = statSync(path);
    return `${size} ${mtimeMs}`;
  } catch {
    return '';
  }
}
