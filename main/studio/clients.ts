import { messageOf } from '../engine/errors.ts';
import type { EventName, EventPayload } from '../../preload/contract/studio.ts';

/** One window or one page, as long as it is there. */
export interface Client {
  /** The same again after a reload. */
  readonly id: string;
  send(event: string, payload: unknown): void;
}

/** The windows and pages that are there. */
export class Clients {
  readonly #clients = new Map<string, Client>();

  /** Returns a function that takes it off again. A client of the same id takes the earlier one's place. */
  add(client: Client): () => void {
    this.#clients.set(client.id, client);
    return () => {
      if (this.#clients.get(client.id) === client) this.#clients.delete(client.id);
    };
  }

  has(id: string): boolean {
    return this.#clients.has(id);
  }

  /** To one client; when it is away, to nobody: it asks for the state when it comes back. */
  send<E extends EventName>(id: string, event: E, payload: EventPayload<E>): void {
    const client = this.#clients.get(id);
    if (client === undefined) return;
    try {
      client.send(event, payload);
    } catch (error) {
      console.error(`An event could not be sent: ${messageOf(error)}`);
    }
  }

  sendAll<E extends EventName>(event: E, payload: EventPayload<E>): void {
    for (const id of [...this.#clients.keys()]) this.send(id, event, payload);
  }
}
