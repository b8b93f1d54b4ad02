import type { WebSocket } from 'ws';
import { requestFrameSchema, type ServerFrame } from '../../preload/contract/transport.ts';
import type { StudioService } from '../studio/studioService.ts';

/** Calls that a page may have under way at once. */
const MAX_CALLS = 256;

/** When so much waits to be sent (a slow tunnel), steps with their pictures are left out: newer ones follow. */
const MAX_BACKLOG = 8 * 2 ** 20;

const HEARTBEAT_MS = 30_000;

/** Close codes of ours; the page's SocketTransport knows 4409. */
export const closeCodes = { garbage: 4400, replaced: 4409 } as const;

/** Serves one page. */
export function serveSocket(socket: WebSocket, clientId: string, service: StudioService): void {
  let calls = 0;
  let alive = true;
  const send = (frame: ServerFrame): void => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame));
  };
  const disconnect = service.connect({
    id: clientId,
    send(event, payload) {
      const isStep = event === 'job' && typeof payload === 'object' && payload !== null && 'masks' in payload;
      if (isStep && socket.bufferedAmount > MAX_BACKLOG) return;
      send({ event, payload });
    },
  });

  socket.on('message', (data, isBinary) => {
    const frame = requestFrameSchema.safeParse(isBinary ? null : parseJson(String(data)));
    if (!frame.success || calls >= MAX_CALLS) {
      socket.close(closeCodes.garbage, frame.success ? 'too many calls at once' : 'not a call');
      return;
    }
    const { id, call, args } = frame.data;
    calls++;
    void service.call(clientId, call, args).then((reply) => {
      calls--;
      send({ id, reply });
    });
  });
  socket.on('pong', () => {
    alive = true;
  });
  const heartbeat = setInterval(() => {
    if (!alive) socket.terminate();
    alive = false;
    socket.ping();
  }, HEARTBEAT_MS);
  socket.on('close', () => {
    clearInterval(heartbeat);
    disconnect();
  });
  // ws closes the socket itself after an error (a message over the limit); without a listener it would throw.
  socket.on('error', () => undefined);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
