import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);

export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Who may talk to the server: knows the token, names this machine and comes from its own page. */
export class Access {
  readonly token = randomBytes(32).toString('base64url');
  readonly #host: string;
  #cookie = 'isac-studio';

  /** @param host the address that the server listens on */
  constructor(host: string) {
    this.#host = host;
  }

  /** Cookies know no ports: two servers on one machine need two names. */
  listensOn(port: number): void {
    this.#cookie = `isac-studio-${port}`;
  }

  /**
   * Whether the Host header names this machine. A page of another site that had its own name point here (DNS rebinding)
   * is found out by it. The port may differ: a tunnel has its own.
   */
  hostAllowed(header: string | undefined): boolean {
    const name = hostnameOf(header);
    if (name === null) return false;
    if (isLoopback(name)) return true;
    if (isLoopback(this.#host)) return false;
    const own = hostname().toLowerCase();
    return isIP(name) !== 0 || name === this.#host.toLowerCase() || name === own || name === `${own}.local`;
  }

  /**
   * Whether a request comes from the studio's own page. `required`: it must say so, as browsers do for sockets and for
   * everything that changes something.
   */
  originAllowed({ origin, host, ...headers }: IncomingHttpHeaders, required: boolean): boolean {
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
    if (origin === undefined) return !required;
    try {
      return new URL(origin).host === host?.toLowerCase();
    } catch {
      return false;
    }
  }

  tokenMatches(given: string | null): boolean {
    const [a, b] = [Buffer.from(given ?? ''), Buffer.from(this.token)];
    return a.length === b.length && timingSafeEqual(a, b);
  }

  cookieMatches(header: string | undefined): boolean {
    for (const pair of (header ?? '').split(';')) {
      const [name, value] = pair.trim().split('=', 2);
      if (name === this.#cookie && this.tokenMatches(value ?? null)) return true;
    }
    return false;
  }

  setCookie(): string {
    return `${this.#cookie}=${this.token}; HttpOnly; SameSite=Strict; Path=/`;
  }
}

/** The name in a Host header, lower case, without port and brackets; null when it is none. */
function hostnameOf(header: string | undefined): string | null {
  if (header === undefined) return null;
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i.exec(header);
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
}
