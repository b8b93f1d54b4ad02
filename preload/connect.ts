import { z } from 'zod';
import { StudioClient } from './contract/studioClient.ts';
import type { StudioApi } from './contract/studio.ts';
import { ACCESS_PATH, SOCKET_PATH, type StudioTransport } from './contract/transport.ts';
import { SocketTransport, type SocketLike } from './web/socketTransport.ts';

// The content security policy forbids `new Function`, with which zod would otherwise speed itself up.
z.config({ jitless: true });

/** What the preload script puts on the window, in Electron only. */
interface BridgedWindow {
  readonly studio?: StudioTransport;
}

/** The studio behind this page: Electron's bridge when it is there, else the web mode's socket. */
export function connectStudio(): StudioApi {
  const bridge = (window as BridgedWindow).studio;
  return new StudioClient(bridge ?? new SocketTransport(openSocket, letIn), postFile);
}

function openSocket(): SocketLike {
  const address = new URL(SOCKET_PATH, window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.searchParams.set('client', clientId());
  return new WebSocket(address) as SocketLike;
}

/** Whether the server lets this page in. @throws when it cannot be reached */
async function letIn(): Promise<boolean> {
  const answer = await fetch(ACCESS_PATH, { cache: 'no-store', credentials: 'same-origin' });
  return (await answer.text()) !== 'false';
}

/** The same after a reload of this page, another one in another tab. */
function clientId(): string {
  const key = 'isac-studio-client';
  const known = sessionStorage.getItem(key);
  if (known !== null) return known;
  const made = newId();
  sessionStorage.setItem(key, made);
  return made;
}

/** A random UUID; `crypto.randomUUID` is not there on plain HTTP addresses other than the loopback. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

async function postFile(address: string, file: Blob): Promise<unknown> {
  const response = await fetch(address, { method: 'POST', body: file, credentials: 'same-origin' });
  return response.json();
}
