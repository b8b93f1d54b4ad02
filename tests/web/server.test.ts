import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Access } from '../../main/web/access.ts';
import { newAccessKey } from '../../main/web/accessKey.ts';
import { startWebServer, type WebServer } from '../../main/web/server.ts';
import { ModelLibrary } from '../../main/library/modelLibrary.ts';
import { StudioService } from '../../main/studio/studioService.ts';
import { ACCESS_PATH } from '../../preload/contract/transport.ts';
import { StudioClient } from '../../preload/contract/studioClient.ts';
import { SocketTransport, type SocketLike } from '../../preload/web/socketTransport.ts';
import { paintingModel, webShell } from '../studio/harness.ts';

let server: WebServer;
let service: StudioService;
let folder: string;
let cookie = '';

/** The secret of the server under test, and the addresses that it told after entries. */
const KEY = newAccessKey();
const entries: string[] = [];

const MAX_MESSAGE = 200_000;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'isac-web-'));
  mkdirSync(join(folder, 'page', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'page', 'index.html'), '<!doctype html><title>ISAC Studio</title>');
  writeFileSync(join(folder, 'page', 'assets', 'a.js'), 'export {};');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  service = new StudioService({
    shell: webShell,
    folders: { data: join(folder, 'data'), projects: join(folder, 'projects') },
    examples: join(import.meta.dirname, '..', '..', 'assets', 'examples'),
    versions: { 'isac-studio': '0.0.0-test' },
    spawner: () => {
      throw new Error('no engine in this test');
    },
    probe: (provider) => Promise.resolve({ provider, works: false, reason: 'not here' }),
    models: paintingModel,
    library: new ModelLibrary({ data: join(folder, 'library'), models: join(folder, 'models') }),
  });
  server = await startWebServer({
    service,
    renderer: join(folder, 'page'),
    host: '127.0.0.1',
    port: 0,
    key: KEY,
    onEntry: (next) => entries.push(next),
    maxMessage: MAX_MESSAGE,
  });
  const { headers } = await ask(new URL(server.url).pathname + new URL(server.url).search);
  cookie = String(headers['set-cookie']?.[0]).split(';')[0] ?? '';
});

afterAll(async () => {
  await service.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** A request with exactly these headers and this path, as no browser would let a page make it. */
function ask(
  path: string,
  {
    headers = {},
    method = 'GET',
    body,
  }: { headers?: Record<string, string>; method?: string; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port: server.port, path, method, headers },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const own = (): Record<string, string> => ({ cookie });
const origin = (): string => `http://127.0.0.1:${server.port}`;

function socketTo(
  headers: Record<string, string>,
  path = `/socket?client=${crypto.randomUUID()}`,
): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
}

/** How a connection ends: `http 403` when it was not let in, else the close code. */
function ending(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_, response) => resolve(`http ${response.statusCode ?? 0}`));
    socket.on('close', (code) => resolve(String(code)));
    socket.on('error', () => undefined);
  });
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve());
    socket.on('error', reject);
  });
}

/** Whether the server lets a page without a cookie in, asked as the page asks. */
async function letIn(): Promise<boolean> {
  return (await ask(ACCESS_PATH)).text !== 'false';
}

/** A client over a real socket, as the page makes it. */
function page(id: string = crypto.randomUUID()): { client: StudioClient; sockets: WebSocket[] } {
  const sockets: WebSocket[] = [];
  const transport = new SocketTransport(() => {
    const socket = socketTo({ cookie, origin: origin() }, `/socket?client=${id}`);
    // A browser's socket throws nothing; that it failed is told by its end.
    socket.on('error', () => undefined);
    sockets.push(socket);
    return socket as unknown as SocketLike;
  }, letIn);
  return { client: new StudioClient(transport, () => Promise.reject(new Error('not here'))), sockets };
}

describe('the page', () => {
  it('is let in by the token, which leaves the address', async () => {
    const { search } = new URL(server.url);
    const first = await ask(`/${search}`);
    expect([first.status, first.headers['location']]).toEqual([303, '/']);
    expect(first.headers['cache-control']).toBe('no-store');
    expect(String(first.headers['set-cookie']?.[0])).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    const second = await ask('/', { headers: own() });
    expect([second.status, second.text]).toEqual([200, '<!doctype html><title>ISAC Studio</title>']);
    expect((await ask('/assets/a.js', { headers: own() })).status).toBe(200);
  });

  it('is let in by an address once: what the history keeps lets nobody in', async () => {
    const before = entries.length;
    const { search } = new URL(server.url);
    expect((await ask(`/${search}`, { method: 'HEAD' })).status).toBe(403);
    const first = await ask(`/${search}`);
    const again = await ask(`/${search}`);
    expect([first.status, again.status, again.headers['set-cookie']]).toEqual([303, 403, undefined]);
    expect(again.text).toContain('Open the address that it printed last');
    // The browser that is in already may open it again.
    const own = String(first.headers['set-cookie']?.[0]).split(';')[0] ?? '';
    expect((await ask(`/${search}`, { headers: { cookie: own } })).status).toBe(303);
    // The next address is another one, and it is told.
    expect(entries.slice(before)).toEqual([server.url]);
    expect(new URL(server.url).search).not.toBe(search);
    expect((await ask(`/${new URL(server.url).search}`)).status).toBe(303);
  });

  it('has a cookie that is neither the token nor the key', async () => {
    const token = new URL(server.url).searchParams.get('token') ?? '';
    const { headers } = await ask(`/?token=${token}`);
    const value = String(headers['set-cookie']?.[0]).split(';')[0]?.split('=')[1] ?? '';
    expect(value).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect([token, KEY]).not.toContain(value);
    // Who gets hold of a cookie can make neither of the others from it.
    expect((await ask(`/?token=${value}`)).status).toBe(403);
    expect((await ask('/', { headers: { cookie: cookie.replace(/=.*/, `=${KEY}`) } })).status).toBe(403);
  });

  it('tells a page whether it is let in, and other sites nothing', async () => {
    expect((await ask(ACCESS_PATH)).text).toBe('false');
    expect((await ask(ACCESS_PATH, { headers: own() })).text).toBe('true');
    expect((await ask(ACCESS_PATH, { headers: { ...own(), host: 'evil.example' } })).status).toBe(403);
    expect((await ask(ACCESS_PATH, { headers: { ...own(), 'sec-fetch-site': 'cross-site' } })).status).toBe(
      403,
    );
  });

  it.each(['/', '/?token=wrong', '/nowhere', '/uploads'])('leaves %s out of the cache', async (path) => {
    expect((await ask(path)).headers['cache-control']).toBe('no-store');
  });

  it.each(['', 'wrong', 'A'.repeat(43)])('is not let in by the token "%s"', async (token) => {
    const answer = await ask(`/?token=${token}`);
    expect([answer.status, answer.headers['set-cookie']]).toEqual([403, undefined]);
    expect(answer.text).toContain('Open the address that it printed');
    expect((await ask('/', { headers: { cookie: `${cookie.split('=')[0] ?? ''}=${token}` } })).status).toBe(
      403,
    );
  });

  it('is shown nothing without the cookie, not even its files', async () => {
    for (const path of ['/', '/index.html', '/assets/a.js', '/files/x', '/socket'])
      expect((await ask(path)).status, path).toBe(403);
  });

  it.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', '10.0.0.1', 'a b', '[::1'])(
    'is not served to the host "%s"',
    async (host) => {
      expect((await ask('/', { headers: { ...own(), host } })).status).toBe(403);
      expect((await ask(`/${new URL(server.url).search}`, { headers: { host } })).status).toBe(403);
    },
  );

  it.each(['localhost:9000', '127.0.0.1', '[::1]:8421'])(
    'is served through a tunnel as "%s"',
    async (host) => {
      expect((await ask('/', { headers: { ...own(), host } })).status).toBe(200);
    },
  );

  it('is not served to another site’s page', async () => {
    const cross = { ...own(), 'sec-fetch-site': 'cross-site' };
    expect((await ask('/assets/a.js', { headers: cross })).status).toBe(403);
    expect((await ask('/', { headers: { ...own(), origin: 'https://evil.example' } })).status).toBe(403);
  });

  it('carries a strict content security policy and its companions', async () => {
    const { headers } = await ask('/', { headers: own() });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
  });

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '//etc/hostname',
    '/files/../../secret.txt',
    '/%00',
    '/%zz',
  ])('does not lead out of its folder by %s', async (path) => {
    const { status, text } = await ask(path, { headers: own() });
    expect([403, 404, 400]).toContain(status);
    expect(text).not.toContain('secret');
  });

  it('takes files from its own page only, and nothing else', async () => {
    const send = (headers: Record<string, string>, path = '/uploads?name=a.png', method = 'POST') =>
      ask(path, { method, headers, body: 'x' });
    expect((await send(own())).status).toBe(403);
    expect((await send({ ...own(), origin: 'https://evil.example' })).status).toBe(403);
    expect((await send({ origin: origin() })).status).toBe(403);
    expect((await send({ ...own(), origin: origin() }, '/')).status).toBe(405);
    expect((await send({ ...own(), origin: origin() }, '/uploads', 'PUT')).status).toBe(405);
    const good = await send({ ...own(), origin: origin() });
    expect(good.status).toBe(200);
    expect(JSON.parse(good.text)).toHaveProperty('upload');
  });
});

describe('the socket', () => {
  it('carries calls and events of the contract', async () => {
    const { client, sockets } = page();
    expect((await client.call('app.info', {})).shell).toBe('web');
    const project = await client.call('project.create', {});
    const saved = new Promise((resolve) =>
      client.on('save', ({ save }) => save.state === 'saved' && resolve(true)),
    );
    await client.call('project.save', {
      project: project.handle,
      document: { ...project.document, negative: 'fog' },
    });
    expect(await saved).toBe(true);
    sockets[0]?.close();
  });

  it('connects again by itself and is known again', async () => {
    const { client, sockets } = page();
    const { handle } = await client.call('project.create', {});
    const states: string[] = [];
    client.onConnection((state) => states.push(state));
    sockets[0]?.terminate();
    await expect.poll(() => states, { timeout: 5000 }).toEqual(['reconnecting', 'connected']);
    expect((await client.call('project.view', { project: handle })).handle).toBe(handle);
    sockets[1]?.close();
  });

  it('is not opened for other sites, other hosts, other paths or strangers', async () => {
    const good = { cookie, origin: origin() };
    expect(await ending(socketTo({ ...good, origin: 'https://evil.example' }))).toBe('http 403');
    expect(await ending(socketTo({ cookie }))).toBe('http 403');
    expect(await ending(socketTo({ ...good, host: 'evil.example', origin: 'http://evil.example' }))).toBe(
      'http 403',
    );
    expect(await ending(socketTo(good, '/other'))).toBe('http 403');
    expect(await ending(socketTo(good, '/socket?client=me'))).toBe('http 403');
    expect(await ending(socketTo({ origin: origin() }))).toBe('http 403');
    expect(await ending(socketTo({ origin: origin(), cookie: 'isac-studio=wrong' }))).toBe('http 403');
  });

  it.each([
    ['no key', () => ({})],
    ['a wrong key', () => ({ cookie: `${cookie.split('=')[0] ?? ''}=${'A'.repeat(43)}` })],
    ['another site', () => ({ cookie, origin: 'https://evil.example' })],
  ])('takes nothing from %s: the connection ends at once, unread', async (_, headers) => {
    const all = { host: `127.0.0.1:${server.port}`, origin: origin(), ...headers() };
    const lines = [
      `GET /socket?client=${crypto.randomUUID()} HTTP/1.1`,
      ...Object.entries(all).map(([name, value]) => `${name}: ${value}`),
      'connection: upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      'sec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==',
    ];
    // RFC 6455, 5.2: one masked text frame of 64 MiB with a mask of zeros, from a client that never reads or closes.
    const frame = Buffer.alloc(14);
    frame.set([0x81, 0xff]);
    frame.writeBigUInt64BE(BigInt(64 * 2 ** 20), 2);
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    const started = performance.now();
    const gone = new Promise<number>((resolve) =>
      socket.on('close', () => resolve(performance.now() - started)),
    );
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    socket.write(frame);
    const more = setInterval(() => socket.write(Buffer.alloc(4096)), 20);
    const took = await Promise.race([
      gone,
      new Promise((resolve) => setTimeout(() => resolve('open'), 3000)),
    ]);
    clearInterval(more);
    socket.destroy();
    expect(took).not.toBe('open');
  });

  it('tells a page whose key is wrong to stop trying', async () => {
    let tries = 0;
    const transport = new SocketTransport(() => {
      tries++;
      const socket = socketTo({ origin: origin() });
      socket.on('error', () => undefined);
      return socket as unknown as SocketLike;
    }, letIn);
    const client = new StudioClient(transport, () => Promise.reject(new Error('not here')));
    await expect(client.call('app.info', {})).rejects.toThrow(
      /does not let this page in|connection was lost/,
    );
    await expect.poll(() => client.connection, { timeout: 5000 }).toBe('refused');
    expect(tries).toBe(1);
    await expect(client.call('app.info', {})).rejects.toThrow('Open the address'.toLowerCase().slice(1));
  });

  it.each([
    'not json',
    '[]',
    '{"id":"x"}',
    '{"id":1,"call":5}',
    '{"id":-1,"call":"app.info","args":{}}',
    Buffer.from([1, 2, 3]),
  ])('is closed by a frame that is no call: %s', async (frame) => {
    const socket = socketTo({ cookie, origin: origin() });
    await opened(socket);
    socket.send(frame);
    expect(await ending(socket)).toBe('4400');
    expect((await ask('/', { headers: own() })).status).toBe(200);
  });

  it('is closed by a message over the limit, unread', async () => {
    const socket = socketTo({ cookie, origin: origin() });
    await opened(socket);
    socket.send(JSON.stringify({ id: 1, call: 'app.info', args: { x: 'y'.repeat(MAX_MESSAGE) } }));
    expect(await ending(socket)).toBe('1009');
    expect((await ask('/', { headers: own() })).status).toBe(200);
  });

  it('answers a call with wrong arguments and goes on', async () => {
    const socket = socketTo({ cookie, origin: origin() });
    await opened(socket);
    const replies: string[] = [];
    socket.on('message', (data) => replies.push(String(data)));
    socket.send(JSON.stringify({ id: 1, call: 'project.view', args: { project: '../..' } }));
    socket.send(JSON.stringify({ id: 2, call: 'jobs.list', args: {} }));
    await expect.poll(() => replies.length).toBe(2);
    expect(replies.find((reply) => reply.includes('"id":1'))).toContain('project');
    expect(replies.find((reply) => reply.includes('"id":2'))).toBe('{"id":2,"reply":{"ok":true,"value":[]}}');
    socket.close();
  });
});

describe('Access', () => {
  it('lets other names in only where the server listens for them', () => {
    expect(new Access('127.0.0.1').hostAllowed('192.168.1.5:8421')).toBe(false);
    const open = new Access('0.0.0.0');
    expect(open.hostAllowed('192.168.1.5:8421')).toBe(true);
    expect(open.hostAllowed('evil.example')).toBe(false);
    expect(new Access('studio.lan').hostAllowed('studio.lan:8421')).toBe(true);
  });

  it('makes a new token each time', () => {
    expect(new Access('127.0.0.1').token).not.toBe(new Access('127.0.0.1').token);
    expect(new Access('127.0.0.1').token).toHaveLength(43);
  });

  it('knows the cookie again after a restart with the same key, and not with another', () => {
    const header = new Access('127.0.0.1', KEY).setCookie().split(';')[0];
    expect(new Access('127.0.0.1', KEY).cookieMatches(header)).toBe(true);
    expect(new Access('127.0.0.1', newAccessKey()).cookieMatches(header)).toBe(false);
  });
});

it('says in one sentence that a port is taken', async () => {
  const again = startWebServer({
    service,
    renderer: join(folder, 'page'),
    host: '127.0.0.1',
    port: server.port,
  });
  await expect(again).rejects.toThrow(/another program uses it; choose another with --port/);
});
