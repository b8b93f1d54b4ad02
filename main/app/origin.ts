/** The page's own address. A scheme of its own instead of file://, so that the page is an origin like any other. */
export const SCHEME = 'app';
export const HOST = 'studio';
export const ORIGIN = `${SCHEME}://${HOST}`;
export const START_PAGE = `${ORIGIN}/index.html`;

/** Whether an address belongs to the page. */
export function isOwn(address: string): boolean {
  try {
    const { protocol, host } = new URL(address);
    return protocol === `${SCHEME}:` && host === HOST;
  } catch {
    return false;
  }
}
