import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does wrong with a file, each once unless said otherwise. */
export interface Trouble {
  /** Breaks the connection after so many bytes of the answer's body; `times` answers. */
  breakAfter?: { bytes: number; times: number };
  /** Sends other bytes of the same size. */
  wrongBytes?: boolean;
  /** Sends more bytes than listed. */
  longer?: boolean;
  /** Ranges are answered with the whole file, as after a change on the server. */
  changedEtag?: boolean;
  status?: number;
}

/** A server that answers as the Hugging Face hub does: the model's card, its list of files, its files with ranges. */
export class ImitationHub {
  readonly files = new Map<string, Buffer>();
  readonly troubles = new Map<string, Trouble>();
  /** Method-less log: path and Range of every request. */
  readonly requests: { path: string; range: string | undefined; authorization: string | undefined }[] = [];
  token: string | null = null;
  /** The head of the model card. */
  card: object = { license: 'creativeml-openrail-m' };
  readonly sha = '0123456789abcdef0123456789abcdef01234567';
  readonly #server: Server;

  constructor(files: Readonly<Record<string, Buffer>> = {}) {
    for (const [path, bytes] of Object.entries(files)) this.files.set(path, bytes);
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://hub');
    const path = decodeURIComponent(url.pathname);
    this.requests.push({ path, range: request.headers.range, authorization: request.headers.authorization });
    if (this.token !== null && request.headers.authorization !== `Bearer ${this.token}`) {
      response.writeHead(401).end('{"error":"no"}');
    } else if (path === `/api/models/some/model/revision/main`) {
      json(response, {
        _id: '1',
        id: 'some/model',
        sha: this.sha,
        private: false,
        gated: false,
        downloads: 1,
        likes: 0,
        lastModified: '2024-01-01T00:00:00.000Z',
        cardData: this.card,
        tags: [],
      });
    } else if (path === `/api/models/some/model/tree/${this.sha}`) {
      json(
        response,
        [...this.files].map(([name, bytes]) => listed(name, bytes)),
      );
    } else if (path.startsWith(`/some/model/resolve/${this.sha}/`)) {
      this.#file(path.slice(`/some/model/resolve/${this.sha}/`.length), request, response);
    } else {
      response.writeHead(404, { 'x-error-code': 'RepoNotFound' }).end('{"error":"Repository not found"}');
    }
  }

  #file(name: string, request: IncomingMessage, response: ServerResponse): void {
    const stored = this.files.get(name);
    const trouble = this.troubles.get(name) ?? {};
    if (stored === undefined) return void response.writeHead(404).end();
    if (trouble.status !== undefined) return void response.writeHead(trouble.status).end();
    const bytes =
      trouble.wrongBytes === true
        ? Buffer.alloc(stored.length, 1)
        : trouble.longer === true
          ? Buffer.concat([stored, stored])
          : stored;
    const etag = `"${trouble.changedEtag === true ? 'new' : 'old'}"`;
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const condition = request.headers['if-range'];
    const partial = start > 0 && (condition === undefined || condition === etag);
    const body = partial ? bytes.subarray(start) : bytes;
    response.writeHead(partial ? 206 : 200, {
      etag,
      'content-length': body.length,
      ...(partial ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    const cut = trouble.breakAfter;
    if (cut !== undefined && cut.times > 0 && body.length > cut.bytes) {
      cut.times -= 1;
      response.write(body.subarray(0, cut.bytes), () => setTimeout(() => response.destroy(), 20));
    } else {
      response.end(body);
    }
  }
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function listed(path: string, bytes: Buffer): object {
  const blob = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
  const large = /\.(safetensors|bin)$/.test(path);
  return {
    type: 'file',
    path,
    size: bytes.length,
    oid: blob,
    ...(large ? { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } } : {}),
  };
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
