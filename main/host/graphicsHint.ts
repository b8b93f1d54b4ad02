import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DRIVER_FOLDERS, LIBRARY_FOLDERS } from './driverFingerprint.ts';

/** What a look at a Linux machine tells of why no graphics adapter is found. */
export interface GraphicsFacts {
  readonly loader: boolean;
  readonly drivers: boolean;
  /** A variable that names drivers in place of the installed ones, none of which is there; null otherwise. */
  readonly misled?: string | null;
  /** A device node that this user may not open; null when there is none such. */
  readonly forbidden: string | null;
}

/** Why WebGPU finds no adapter, as far as files tell, with the way out. */
export function graphicsHint({ loader, drivers, misled = null, forbidden }: GraphicsFacts): string {
  if (!loader) {
    return 'the Vulkan loader is not installed (libvulkan.so.1): install the package libvulkan1 (Debian, Ubuntu), vulkan-loader (Fedora) or vulkan-icd-loader (Arch)';
  }
  if (misled !== null) return `the variable ${misled} names no Vulkan driver that is there: unset it`;
  if (!drivers) {
    return "the Vulkan loader is there but no driver for it: install mesa-vulkan-drivers, or NVIDIA's driver with its Vulkan part";
  }
  if (forbidden !== null) {
    return `this user may not open ${forbidden}: join the group that owns it ("render" or "video") and log in again`;
  }
  return 'install a driver of your card with Vulkan, or a newer Mesa';
}

export function graphicsFacts(
  env: Readonly<Record<string, string | undefined>> = process.env,
): GraphicsFacts {
  // The first of them counts, and then none of the folders.
  const variable = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'].find((name) => (env[name] ?? '') !== '');
  const named = (variable === undefined ? '' : (env[variable] ?? '')).split(':').some(isThere);
  const paths = [
    ...LIBRARY_FOLDERS,
    ...(env['LD_LIBRARY_PATH'] ?? '').split(':').filter((path) => path !== ''),
  ];
  return {
    loader: paths.some((folder) => isThere(join(folder, 'libvulkan.so.1'))),
    drivers: named || DRIVER_FOLDERS.some((folder) => list(folder).some((name) => name.endsWith('.json'))),
    misled: variable !== undefined && !named ? variable : null,
    forbidden: list('/dev/dri')
      .filter((name) => name.startsWith('renderD'))
      .map((name) => join('/dev/dri', name))
      .reduce<string | null>((found, path) => found ?? (mayOpen(path) ? null : path), null),
  };
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Something with bytes in it: neither absent nor /dev/null. */
function isThere(path: string): boolean {
  try {
    const info = statSync(path);
    return (info.isFile() || info.isDirectory()) && info.size > 0;
  } catch {
    return false;
  }
}

function mayOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
