import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { SECURITY_HEADERS } from '../studio/contentSecurity.ts';
import { isOwn } from './origin.ts';

const mimes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/**
 * Answers every request of the `app:` scheme: the studio's files and uploads, and the built page.
 *
 * @param renderer folder of the built page
 * @param answer the studio's own addresses; null for others
 */
export function pageHandler(
  renderer: string,
  answer: (request: Request) => Promise<Response | null>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (!isOwn(request.url)) return withHeaders(new Response('Not found.', { status: 404 }));
    const own = await answer(request);
    return withHeaders(own ?? (await pageFile(renderer, request)));
  };
}

async function pageFile(renderer: string, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const path = pathname === '/' ? '/index.html' : pathname;
  const mime = mimes[extname(path)];
  // Names that the build makes; an address with anything else in it (%2e%2e, backslashes) is none of them.
  const plain = /^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(path);
  if (request.method !== 'GET' || mime === undefined || !plain)
    return new Response('Not found.', { status: 404 });
  try {
    return new Response(new Uint8Array(await readFile(join(renderer, path))), {
      headers: { 'content-type': mime },
    });
  } catch {
    return new Response('Not found.', { status: 404 });
  }
}

function withHeaders(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
}
