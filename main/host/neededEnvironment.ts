/**
 * Variables that an engine process needs, in upper case (Windows does not tell cases apart): where the system, its
 * libraries and the user's folders are, the language, the display that a graphics driver connects to, and the allocator.
 */
const NEEDED = new Set(
  [
    'PATH HOME USER LOGNAME TMPDIR TEMP TMP LANG LANGUAGE TZ LD_LIBRARY_PATH GLIBC_TUNABLES DRI_PRIME',
    'DISPLAY WAYLAND_DISPLAY XAUTHORITY XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_DATA_DIRS',
    'SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT USERPROFILE APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES OS',
    'NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE PROCESSOR_IDENTIFIER',
  ].flatMap((line) => line.split(' ')),
);

/** Settings of the studio, of ONNX Runtime, of thread pools and of graphics drivers, by how their names begin. */
const NEEDED_PREFIXES =
  /^(?:LC_|ISAC_STUDIO_|ORT_|OMP_|KMP_|MKL_|MALLOC_|CUDA_|CUDNN_|NVIDIA_|__NV_|__GLX_|__EGL_|VK_|MESA_|LIBGL_|GALLIUM_|LP_|RADV_|AMD_|HIP_|HSA_|ROCR_|DAWN_|MTL_|METAL_)/;

/** Names of secrets, whatever they begin with. */
const SECRET = /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY/;

/**
 * The part of an environment that an engine process needs. The rest stays away from the process that runs native code on
 * files from elsewhere: access tokens, proxies with passwords, agents' sockets, and settings that load code
 * (NODE_OPTIONS, LD_PRELOAD).
 */
export function neededEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const needed: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const upper = name.toUpperCase();
    const wanted = (NEEDED.has(upper) || NEEDED_PREFIXES.test(upper)) && !SECRET.test(upper);
    if (wanted && value !== undefined) needed[name] = value;
  }
  return needed;
}
