import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DRIVER_FOLDERS, LIBRARY_FOLDERS } from './driverFingerprint.ts';

/** What a look at a Linux machine tells of why no graphics adapter is found. */
export interface GraphicsFacts {
  readonly loader: boolean;
  readonly drivers: boolean;
  /** A device node that this user may not open; null when there is none such. */
  readonly forbidden: string | null;
}

/** Why WebGPU finds no adapter, as far as files tell, with the way out. */
export function graphicsHint({ loader, drivers, forbidden }: GraphicsFacts): string {
  if (!loader) {
    return 'the Vulkan loader is not installed (libvulkan.so.1): install the package libvulkan1 (Debian, Ubuntu), vulkan-loader (Fedora) or vulkan-icd-loader (Arch)';
  }
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
  const named = env['VK_DRIVER_FILES'] ?? env['VK_ICD_FILENAMES'] ?? '';
  const paths = [
    ...LIBRARY_FOLDERS,
    ...(env['LD_LIBRARY_PATH'] ?? '').split(':').filter((path) => path !== ''),
  ];
  return {
    loader: paths.some((folder) => existsSync(join(folder, 'libvulkan.so.1'))),
    drivers:
      named.split(':').some((path) => path !== '' && existsSync(path)) ||
      DRIVER_FOLDERS.some((folder) => list(folder).some((name) => name.endsWith('.json'))),
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

function mayOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
