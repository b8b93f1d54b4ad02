import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { join } from 'node:path';
import sirv from 'sirv';
import { WebSocketServer, type WebSocket } from 'ws';
import { MAX_VALUE, printable } from '../../preload/contract/printable.ts';
import { ACCESS_PATH, clientIdSchema, SOCKET_PATH, UPLOAD_PATH } from '../../preload/contract/transport.ts';
import { messageOf, UserError } from '../engine/errors.ts';
import { SECURITY_HEADERS } from '../studio/contentSecurity.ts';
import type { StudioService } from '../studio/studioService.ts';
import { Access } from './access.ts';
import { sendResponse, standardRequest } from './httpBridge.ts';
import { closeCodes, serveSocket } from './socket.ts';

export interface WebServerOptions {
  readonly service: StudioService;
  /** Folder of the built page. */
  readonly renderer: string;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** The secret that cookies come from (`accessKey`); another one at every start unless given. */
  readonly key?: string;
  /** A browser was let in by the address; `next` lets another one in. */
  readonly onEntry?: (next: string) => void;
  /** Bytes of one message of a page. */
  readonly maxMessage?: number;
}

export interface WebServer {
  readonly port: number;
  /** The address to open, with the token in it. It works once; then this is another one. */
  readonly url: string;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

const DENIED =
  'This is ISAC Studio. Open the address that it printed last: each of them lets one browser in, once.\n';

/** The studio for a browser: the page, its files and one socket, all behind one token. @throws UserError */
export async function startWebServer({
  service,
  renderer,
  host,
  port,
  key,
  onEntry,
  maxMessage = 16 * 2 ** 20,
}: WebServerOptions): Promise<WebServer> {
  if (!existsSync(join(renderer, 'index.html'))) {
    throw new UserError(`The page is not built: ${renderer} holds no index.html; run "npm run build".`);
  }
  const access = new Access(host, key);
  const page = sirv(renderer, { etag: true });
  const server = createServer({ maxHeaderSize: 16_384 }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      const asked = `${request.method ?? ''} ${request.url?.split('?')[0] ?? ''}`;
      console.error(`${printable(asked, MAX_VALUE)}: ${messageOf(error)}`);
      if (response.headersSent) response.destroy();
      else deny(response, 500, 'Something went wrong; the terminal tells what.\n');
    });
  });
  // A large project may take its time through a tunnel; headers may not.
  server.requestTimeout = 3_600_000;
  server.headersTimeout = 10_000;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    // Whatever says nothing about it stays out of the browser's cache.
    response.setHeader('cache-control', 'no-store');
    const { method = 'GET', headers } = request;
    const changes = method !== 'GET' && method !== 'HEAD';
    if (!access.hostAllowed(headers.host))
      return deny(response, 403, 'The Host header names another machine.\n');
    if (!URL.canParse(request.url ?? '', 'http://localhost')) return deny(response, 400, 'Not an address.\n');
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/' && url.searchParams.has('token')) {
      const entered = method === 'GET' && access.takeToken(url.searchParams.get('token'));
      // A browser that is in already may open its old address again.
      if (!entered && !access.cookieMatches(headers.cookie)) return deny(response, 403, DENIED);
      response.writeHead(303, { location: '/', ...(entered ? { 'set-cookie': access.setCookie() } : {}) });
      response.end();
      if (entered) onEntry?.(entryAddress());
      return;
    }
    if (!access.originAllowed(headers, changes)) return deny(response, 403, 'Another site asks for this.\n');
    const letIn = access.cookieMatches(headers.cookie);
    if (url.pathname === ACCESS_PATH && !changes) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(String(letIn));
      return;
    }
    if (!letIn) return deny(response, 403, DENIED);
    if (changes && !(method === 'POST' && url.pathname === UPLOAD_PATH)) {
      return deny(response, 405, 'Only files are sent here, to /uploads.\n');
    }
    const file = await service.answer(standardRequest(request, `http://${headers.host ?? 'localhost'}`));
    if (file !== null) return sendResponse(file, response);
    page(request, response, () => deny(response, 404, 'There is no such page.\n'));
  }

  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessage, clientTracking: true });
  const byClient = new Map<string, WebSocket>();
  server.on('upgrade', (request: IncomingMessage, connection: Duplex, head: Buffer) => {
    const { headers } = request;
    connection.on('error', () => connection.destroy());
    const url = URL.canParse(request.url ?? '', 'http://localhost')
      ? new URL(request.url ?? '/', 'http://localhost')
      : null;
    const client = clientIdSchema.safeParse(url?.searchParams.get('client'));
    const allowed =
      access.hostAllowed(headers.host) &&
      access.originAllowed(headers, true) &&
      access.cookieMatches(headers.cookie);
    if (!allowed || url?.pathname !== SOCKET_PATH || !client.success) {
      // Before the upgrade, so that nothing of a stranger is read: an open socket would take whole messages from it until
      // it closes. `destroy`: a peer that never closes its side must not keep the connection.
      connection.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n', () =>
        connection.destroy(),
      );
      return;
    }
    sockets.handleUpgrade(request, connection, head, (socket) => {
      byClient.get(client.data)?.close(closeCodes.replaced, 'the same page connected again');
      byClient.set(client.data, socket);
      socket.on('close', () => {
        if (byClient.get(client.data) === socket) byClient.delete(client.data);
      });
      serveSocket(socket, client.data, service);
    });
  });

  const bound = await listen(server, host, port);
  access.listensOn(bound);
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const name = shown.includes(':') ? `[${shown}]` : shown;
  const entryAddress = (): string => `http://${name}:${bound}/?token=${access.token}`;
  return {
    port: bound,
    get url() {
      return entryAddress();
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.close(1001, 'the studio was ended');
        server.close(() => resolve());
        setTimeout(() => {
          for (const socket of sockets.clients) socket.terminate();
          server.closeAllConnections();
        }, 300).unref();
        server.closeIdleConnections();
      }),
  };
}

function deny(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
    .end(text);
}

/** The port that was taken. @throws UserError when it is in use or may not be used */
function listen(server: ReturnType<typeof createServer>, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const causes: Record<string, string> = {
        EADDRINUSE: 'another program uses it; choose another with --port',
        EACCES: 'this user may not use it; choose one above 1023 with --port',
        EADDRNOTAVAIL: 'this machine has no such address; choose another with --host',
        ENOTFOUND: 'there is no such host',
      };
      reject(
        new UserError(
          `The studio cannot listen on ${host}:${port}: ${causes[error.code ?? ''] ?? error.message}.`,
        ),
      );
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
