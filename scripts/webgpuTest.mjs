// Runs the opt-in WebGPU tests; without a GPU driver it looks for the SwiftShader that Debian's Chromium brings.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const env = { ...process.env };
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (
  !env.VK_ICD_FILENAMES &&
  !existsSync('/dev/nvidia0') &&
  !existsSync('/dev/dri') &&
  existsSync(swiftShader)
) {
  env.VK_ICD_FILENAMES = swiftShader;
  console.log(`webgpu: no GPU here, software Vulkan from ${swiftShader}`);
}
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', '--config', 'vitest.webgpu.config.ts'], {
  stdio: 'inherit',
  env,
});
process.exit(status ?? 1);
