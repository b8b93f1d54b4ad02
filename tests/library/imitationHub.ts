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
  /** The storage calls the same bytes by another ETag, as from another of its places. */
  changedEtag?: boolean;
  /** The storage refuses so many signatures as run out. */
  expired?: number;
  status?: number;
  /** How often that is answered; always unless given. */
  times?: number;
  /** Beside the status. */
  headers?: Readonly<Record<string, string>>;
}

/** What the hub says of tokens that it does not know. */
const BAD_TOKEN = 'Invalid credentials in Authorization header';

/**
 * Two servers that answer as the Hugging Face hub and its storage do, headers included: the model's card, its list of
 * files, and files with ranges. Large files are redirected to the storage on another host (302 with X-Linked-Size and
 * X-Linked-ETag, a signed address; the storage's own ETag is another value, and it refuses requests that bring an
 * Authorization of their own), small ones to a cache on the hub itself (307 with a relative address). Errors carry
 * X-Error-Code and X-Error-Message beside their JSON.
 */
export class ImitationHub {
  readonly files = new Map<string, Buffer>();
  readonly troubles = new Map<string, Trouble>();
  /** Method-less log: path and Range of every request to the hub. */
  readonly requests: { path: string; range: string | undefined; authorization: string | undefined }[] = [];
  /** The same of the storage. */
  readonly stored: { path: string; range: string | undefined; authorization: string | undefined }[] = [];
  /** A private repository: there for this token alone. */
  token: string | null = null;
  /** Files are for those who accepted the licence: the token of such an account. */
  licensed: string | null = null;
  /** Every token that the hub knows; unknown ones are refused whatever is asked for. */
  known: readonly string[] | null = null;
  /** The head of the model card. */
  card: object = { license: 'creativeml-openrail-m' };
  readonly sha = '0123456789abcdef0123456789abcdef01234567';
  readonly #server: Server;
  readonly #storage: Server;
  #signatures = 0;

  constructor(files: Readonly<Record<string, Buffer>> = {}) {
    for (const [path, bytes] of Object.entries(files)) this.files.set(path, bytes);
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#storage = createServer((request, response) => this.#store(request, response));
  }

  async start(): Promise<string> {
    for (const server of [this.#server, this.#storage])
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return addressOf(this.#server);
  }

  async stop(): Promise<void> {
    for (const server of [this.#server, this.#storage]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://hub');
    const path = decodeURIComponent(url.pathname);
    const { authorization, range } = request.headers;
    this.requests.push({ path, range, authorization });
    const bearer = authorization?.replace('Bearer ', '') ?? null;
    const resolved = `/some/model/resolve/${this.sha}/`;
    const cached = `/api/resolve-cache/models/some/model/${this.sha}/`;
    if (this.known !== null && bearer !== null && !this.known.includes(bearer)) {
      refuse(response, 401, null, BAD_TOKEN);
    } else if (this.token !== null && bearer !== this.token) {
      refuse(response, 401, 'RepoNotFound', 'Repository not found');
    } else if (path === `/api/models/some/model/revision/main`) {
      json(response, {
        _id: '1',
        id: 'some/model',
        sha: this.sha,
        private: false,
        gated: this.licensed === null ? false : 'auto',
        downloads: 1,
        likes: 0,
        lastModified: '2024-01-01T00:00:00.000Z',
        cardData: this.card,
        tags: [],
      });
    } else if (path.startsWith('/api/models/some/model/revision/')) {
      refuse(response, 404, 'RevisionNotFound', `Invalid rev id: ${path.split('/').at(-1)}`);
    } else if (path === `/api/models/some/model/tree/${this.sha}`) {
      json(
        response,
        [...this.files].map(([name, bytes]) => listed(name, bytes)),
      );
    } else if (path.startsWith(resolved)) {
      if (this.licensed === null || bearer === this.licensed) {
        this.#resolve(path.slice(resolved.length), response);
      } else if (bearer === null) {
        const more = 'You must have access to it and be authenticated to access it. Please log in.';
        refuse(response, 401, 'GatedRepo', `Access to model some/model is restricted. ${more}`);
      } else {
        const more = 'and you are not in the authorized list. Visit the page to ask for access.';
        refuse(response, 403, 'GatedRepo', `Access to model some/model is restricted ${more}`);
      }
    } else if (path.startsWith(cached)) {
      this.#send(path.slice(cached.length), request, response);
    } else {
      refuse(response, 404, 'RepoNotFound', 'Repository not found');
    }
  }

  /** Where a file is: large ones in the storage, small ones in a cache. */
  #resolve(name: string, response: ServerResponse): void {
    const bytes = this.files.get(name);
    const trouble = this.troubles.get(name) ?? {};
    const { status, times = Infinity, headers } = trouble;
    if (bytes === undefined) return refuse(response, 404, 'EntryNotFound', 'Entry not found');
    if (status !== undefined && times > 0) {
      trouble.times = times - 1;
      return void response.writeHead(status, headers).end();
    }
    const common = { 'x-repo-commit': this.sha, 'accept-ranges': 'bytes', vary: 'Origin, Accept' };
    if (!isLarge(name)) {
      const tag = encodeURIComponent(`"${blobHash(bytes)}"`);
      const location = `/api/resolve-cache/models/some/model/${this.sha}/${encodeURI(name)}?etag=${tag}`;
      return void response.writeHead(307, { ...common, location, 'content-type': 'text/plain; charset=utf-8' }).end(); // prettier-ignore
    }
    this.#signatures += 1;
    const location = `${addressOf(this.#storage)}/xet-bridge-us/${encodeURIComponent(name)}?Expires=1781098782&Signature=${this.#signatures}`;
    response.writeHead(302, {
      ...common,
      location,
      'x-linked-size': bytes.length,
      'x-linked-etag': `"${sha256(bytes)}"`,
      'x-xet-hash': sha256(Buffer.from(name)),
      'content-type': 'text/plain; charset=utf-8',
    });
    response.end(`Found. Redirecting to ${location}`);
  }

  #store(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://storage').pathname);
    const { authorization, range } = request.headers;
    this.stored.push({ path, range, authorization });
    const name = path.slice('/xet-bridge-us/'.length);
    const trouble = this.troubles.get(name);
    const xml = { 'content-type': 'application/xml' };
    if (authorization !== undefined) {
      response.writeHead(400, xml).end('<Error><Code>InvalidArgument</Code></Error>');
    } else if (trouble?.expired !== undefined && trouble.expired > 0) {
      trouble.expired -= 1;
      response.writeHead(403, xml).end('<Error><Code>AccessDenied</Code></Error>');
    } else {
      this.#send(name, request, response);
    }
  }

  #send(name: string, request: IncomingMessage, response: ServerResponse): void {
    const stored = this.files.get(name) ?? Buffer.alloc(0);
    const trouble = this.troubles.get(name) ?? {};
    const bytes =
      trouble.wrongBytes === true
        ? Buffer.alloc(stored.length, 1)
        : trouble.longer === true
          ? Buffer.concat([stored, stored])
          : stored;
    const etag = isLarge(name)
      ? `"${sha256(Buffer.from(`${trouble.changedEtag === true ? 'far' : 'near'} ${name}`))}"`
      : `"${blobHash(bytes)}"`;
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const condition = request.headers['if-range'];
    const partial = start > 0 && (condition === undefined || condition === etag);
    const body = partial ? bytes.subarray(start) : bytes;
    response.writeHead(partial ? 206 : 200, {
      etag,
      'accept-ranges': 'bytes',
      'content-type': isLarge(name) ? 'application/octet-stream' : 'text/plain; charset=utf-8',
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

const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const isLarge = (name: string): boolean => /\.(safetensors|bin)$/.test(name);

const blobHash = (bytes: Buffer): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

/** An error as the hub tells it. */
function refuse(response: ServerResponse, status: number, code: string | null, message: string): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'x-request-id': 'Root=1-0123',
    'x-error-message': message,
    ...(code === null ? {} : { 'x-error-code': code }),
  });
  response.end(JSON.stringify({ error: message }));
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function listed(path: string, bytes: Buffer): object {
  return {
    type: 'file',
    path,
    size: bytes.length,
    oid: blobHash(bytes),
    ...(isLarge(path)
      ? {
          lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 },
          xetHash: sha256(Buffer.from(path)),
        }
      : {}),
  };
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
