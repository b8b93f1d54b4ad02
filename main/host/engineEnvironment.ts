/**
 * Settings of glibc's allocator (Linux, glibc 2.35 and later,
 * https://sourceware.org/glibc/manual/latest/html_node/Memory-Allocation-Tunables.html): large buffers in huge pages, where
 * the kernel offers them to those who ask; and out of the heap instead of as a mapping each, so that the next operator, and
 * the next step, find the memory that the one before gave up. What a step has freed is kept up to 4 GiB, until the process
 * ends: a full-size gradient needs it again at once, and took 2 of its 24 s to get it anew.
 */
const TUNABLES = [
  ['glibc.malloc.hugetlb', 1],
  ['glibc.malloc.mmap_max', 0],
  ['glibc.malloc.trim_threshold', 4 * 2 ** 30],
] as const;

/**
 * Environment of a process that runs networks. An attention map of 64 MiB was a new mapping each time, and half of what a
 * pass over it took was the kernel's, which gives it cleared, page by page. Only a process that begins with these settings
 * has them; other systems and allocators ignore them.
 *
 * @param env the environment to add to; what it sets itself stays
 */
export function engineEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const own = env['GLIBC_TUNABLES'] ?? '';
  const missing = TUNABLES.filter(([name]) => !own.includes(`${name}=`)).map(
    ([name, value]) => `${name}=${value}`,
  );
  return { ...env, GLIBC_TUNABLES: [...(own === '' ? [] : [own]), ...missing].join(':') };
}

/**
 * Node's flags of a process that runs networks: its numbers lie outside V8's heap, so that the 48 MiB which V8 gives young
 * objects by default are mostly garbage; with 6 the embedded model's guided step takes 30 MiB less, and no longer.
 */
export const ENGINE_FLAGS = ['--max-semi-space-size=2'];
