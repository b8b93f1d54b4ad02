/** Linux, glibc 2.35 and later (https://sourceware.org/glibc/manual/latest/html_node/Memory-Allocation-Tunables.html). */
const HUGE_PAGES = 'glibc.malloc.hugetlb=1';

/**
 * Environment of a process that runs networks: its large buffers in huge pages, where the kernel offers them to those who
 * ask. An attention map of 64 MiB is a new mapping each time, and half of what a pass over it took was the kernel's, which
 * gives it page by page. Only a process that begins with it can have this; other systems and allocators ignore it.
 *
 * @param env the environment to add to; what it says of huge pages itself stays
 */
export function engineEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const own = env['GLIBC_TUNABLES'];
  if (own === undefined || own === '') return { ...env, GLIBC_TUNABLES: HUGE_PAGES };
  return own.includes('glibc.malloc.hugetlb') ? env : { ...env, GLIBC_TUNABLES: `${own}:${HUGE_PAGES}` };
}
