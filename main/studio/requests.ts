import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { UPLOAD_PATH } from '../../preload/contract/transport.ts';
import { messageOf } from '../engine/errors.ts';
import { findFile } from './files.ts';
import type { OpenProjects } from './openProjects.ts';
import type { TemporaryFiles } from './temporaryFiles.ts';

/**
 * Answers the page's requests for files, in Electron's protocol and over HTTP alike: GET below /files and /downloads,
 * POST to /uploads. Null for every other address. Whether the page may ask at all was settled before.
 */
export async function answerRequest(
  request: Request,
  projects: OpenProjects,
  files: TemporaryFiles,
): Promise<Response | null> {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === UPLOAD_PATH) return receiveUpload(request, searchParams.get('name') ?? 'file', files);
  if (!/^\/(files|downloads)\//.test(pathname)) return null;
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'Files are only read here.');
  const file = await findFile(pathname, projects, files);
  if (file === null) return plain(404, 'There is no such file.');
  const headers = new Headers({
    'content-type': file.mime,
    'content-length': String(file.bytes),
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-cache',
  });
  if (file.downloadAs !== null) {
    const name = encodeURIComponent(file.downloadAs).replaceAll(
      /['()*]/g,
      (sign) => `%${sign.charCodeAt(0).toString(16)}`,
    );
    headers.set('content-disposition', `attachment; filename*=UTF-8''${name}`);
  }
  if (request.method === 'HEAD') return new Response(null, { headers });
  const body = Readable.toWeb(createReadStream(file.path)) as ReadableStream<Uint8Array>;
  return new Response(body, { headers });
}

async function receiveUpload(request: Request, name: string, files: TemporaryFiles): Promise<Response> {
  if (request.method !== 'POST') return plain(405, 'Files are sent with POST.');
  try {
    const file = await files.receive(request.body ?? emptyBody(), name);
    return Response.json({ upload: file.id });
  } catch (error) {
    return Response.json({ error: messageOf(error) });
  }
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {
  // A file of no bytes has no body.
}

function plain(status: number, text: string): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
