import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { newAccessKey } from './accessKey.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);

export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * Who may talk to the server: has the cookie, names this machine and comes from its own page. The cookie is given for a
 * token that works once: a browser keeps addresses in its history, where a spent token is worth nothing. The cookie goes
 * to every port of this host name, so it is neither the token nor the key.
 */
export class Access {
  readonly #host: string;
  readonly #value: string;
  #token = newAccessKey();
  #cookie = 'isac-studio';

  /**
   * @param host the address that the server listens on
   * @param key the secret that cookies come from; servers with the same key accept the same cookies
   */
  constructor(host: string, key = newAccessKey()) {
    this.#host = host;
    this.#value = createHmac('sha256', key).update('isac-studio web cookie').digest('base64url');
  }

  /** What lets the next browser in, once. */
  get token(): string {
    return this.#token;
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

  /** Whether a token is the right one; if so, it is spent and another one takes its place. */
  takeToken(given: string | null): boolean {
    if (!sameText(given ?? '', this.#token)) return false;
    this.#token = newAccessKey();
    return true;
  }

  cookieMatches(header: string | undefined): boolean {
    for (const pair of (header ?? '').split(';')) {
      const [name, value] = pair.trim().split('=', 2);
      if (name === this.#cookie && sameText(value ?? '', this.#value)) return true;
    }
    return false;
  }

  setCookie(): string {
    return `${this.#cookie}=${this.#value}; HttpOnly; SameSite=Strict; Path=/`;
  }
}

/** Compares in a time that does not depend on where two texts differ. */
function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The name in a Host header, lower case, without port and brackets; null when it is none. */
function hostnameOf(header: string | undefined): string | null {
  if (header === undefined) return null;
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i.exec(header);
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
}
