import type { ConnectionState } from '../contract/studio.ts';
import { serverFrameSchema, type RequestFrame, type StudioTransport } from '../contract/transport.ts';

/** The part of the browser's WebSocket that is used, so that tests can bring theirs. */
export interface SocketLike {
  send(data: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
}

/** Close code of a socket that another one of the same page has replaced. */
export const REPLACED = 4409;

const RETRY_MS = [250, 500, 1000, 2000, 5000];

interface Pending {
  readonly frame: string;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Calls and events over one WebSocket. A lost connection is made again by itself; calls that were under way then fail,
 * since nobody knows whether they were carried out, and calls made meanwhile wait for the new connection.
 */
export class SocketTransport implements StudioTransport {
  readonly #open: () => SocketLike;
  readonly #letIn: () => Promise<boolean>;
  #socket: SocketLike | null = null;
  #state: ConnectionState = 'reconnecting';
  #tries = 0;
  #next = 0;
  readonly #sent = new Map<number, Pending>();
  #unsent = new Map<number, Pending>();
  readonly #events = new Set<(event: string, payload: unknown) => void>();
  readonly #connections = new Set<(state: ConnectionState) => void>();

  /**
   * @param open opens a socket
   * @param letIn asked when a socket closes before it opens: whether the server lets this page in at all. A browser does
   *   not tell a page why a socket failed. It rejects when the server cannot be reached.
   */
  constructor(open: () => SocketLike, letIn: () => Promise<boolean>) {
    this.#open = open;
    this.#letIn = letIn;
    this.#connect();
  }

  invoke(call: string, args: unknown): Promise<unknown> {
    if (this.#state === 'refused') return Promise.reject(new Error(REFUSED_SENTENCE));
    const id = this.#next++;
    const frame: RequestFrame = { id, call, args };
    return new Promise((resolve, reject) => {
      const pending = { frame: JSON.stringify(frame), resolve, reject };
      if (this.#state === 'connected' && this.#socket !== null) {
        this.#sent.set(id, pending);
        this.#socket.send(pending.frame);
      } else {
        this.#unsent.set(id, pending);
      }
    });
  }

  listen(listener: (event: string, payload: unknown) => void): () => void {
    this.#events.add(listener);
    return () => this.#events.delete(listener);
  }

  connection(listener: (state: ConnectionState) => void): () => void {
    this.#connections.add(listener);
    listener(this.#state);
    return () => this.#connections.delete(listener);
  }

  #connect(): void {
    const socket = this.#open();
    this.#socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.#tries = 0;
      const waiting = this.#unsent;
      this.#unsent = new Map();
      for (const [id, pending] of waiting) {
        this.#sent.set(id, pending);
        socket.send(pending.frame);
      }
      this.#become('connected');
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#fail(this.#sent, new Error('The connection was lost before the answer came.'));
      if (code === REPLACED) {
        this.#refuse();
        return;
      }
      this.#become('reconnecting');
      void this.#again(opened);
    };
  }

  /** Connects again after a pause, unless the server does not let this page in: then trying again is of no use. */
  async #again(wasOpen: boolean): Promise<void> {
    const letIn = wasOpen || (await this.#letIn().catch(() => true));
    if (!letIn) {
      this.#refuse();
      return;
    }
    const wait = RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)] ?? 5000;
    setTimeout(() => this.#connect(), wait);
  }

  #refuse(): void {
    this.#fail(this.#unsent, new Error(REFUSED_SENTENCE));
    this.#become('refused');
  }

  #receive(data: unknown): void {
    const frame = serverFrameSchema.safeParse(typeof data === 'string' ? parseJson(data) : null);
    if (!frame.success) {
      console.error('The studio sent something that is not understood.');
      return;
    }
    if ('event' in frame.data) {
      const { event, payload } = frame.data;
      for (const listener of this.#events) listener(event, payload);
      return;
    }
    const pending = this.#sent.get(frame.data.id);
    this.#sent.delete(frame.data.id);
    pending?.resolve(frame.data.reply);
  }

  #fail(pending: Map<number, Pending>, error: Error): void {
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  }

  #become(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#connections) listener(state);
  }
}

const REFUSED_SENTENCE = 'The studio does not let this page in: open the address that it printed last.';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
