import {
  isEventName,
  studioCalls,
  studioEvents,
  type CallArgs,
  type CallName,
  type CallResult,
  type ConnectionState,
  type ErrorCode,
  type EventName,
  type EventPayload,
  type StudioApi,
} from './studio.ts';
import type { Said, Sentence } from './sentences.ts';
import { replySchema, UPLOAD_PATH, uploadReplySchema, type StudioTransport } from './transport.ts';

/** A call that did not work; the message is one sentence. */
export class StudioError extends Error implements Said {
  override readonly name = 'StudioError';
  readonly code: ErrorCode;
  readonly sentence: Sentence | undefined;

  constructor(code: ErrorCode, message: string, sentence?: Sentence) {
    super(message);
    this.code = code;
    this.sentence = sentence;
  }
}

/** Sends a file; replaceable because the page's own `fetch` is not there in tests. */
export type PostFile = (address: string, file: Blob) => Promise<unknown>;

type Listener = (payload: unknown) => void;

/** The renderer's end of the contract: validates what arrives, over whatever transport. */
export class StudioClient implements StudioApi {
  readonly #transport: StudioTransport;
  readonly #post: PostFile;
  readonly #listeners = new Map<EventName, Set<Listener>>();
  readonly #connectionListeners = new Set<(state: ConnectionState) => void>();
  #connection: ConnectionState = 'connected';

  constructor(transport: StudioTransport, post: PostFile) {
    this.#transport = transport;
    this.#post = post;
    transport.listen((event, payload) => this.#receive(event, payload));
    transport.connection((state) => {
      this.#connection = state;
      for (const listener of this.#connectionListeners) listener(state);
    });
  }

  get connection(): ConnectionState {
    return this.#connection;
  }

  async call<N extends CallName>(name: N, args: CallArgs<N>): Promise<CallResult<N>> {
    const contract = studioCalls[name];
    let answer: unknown;
    try {
      answer = await this.#transport.invoke(name, args);
    } catch (error) {
      throw new StudioError('disconnected', error instanceof Error ? error.message : String(error));
    }
    const reply = replySchema.safeParse(answer);
    if (!reply.success) throw new StudioError('internal', `The answer to ${name} is not understood.`);
    if (!reply.data.ok) {
      const { code, message, sentence } = reply.data.error;
      throw new StudioError(code, message, sentence);
    }
    const result = contract.result.safeParse(reply.data.value);
    if (!result.success) {
      const issue = result.error.issues[0];
      const where = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`;
      throw new StudioError('internal', `The answer to ${name} is not what it should be${where}.`);
    }
    return result.data as CallResult<N>;
  }

  on<E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set<Listener>();
    this.#listeners.set(event, listeners);
    const entry: Listener = (payload) => listener(payload as EventPayload<E>);
    listeners.add(entry);
    return () => listeners.delete(entry);
  }

  onConnection(listener: (state: ConnectionState) => void): () => void {
    this.#connectionListeners.add(listener);
    return () => this.#connectionListeners.delete(listener);
  }

  async upload(file: Blob, name: string): Promise<string> {
    let answer: unknown;
    try {
      answer = await this.#post(`${UPLOAD_PATH}?name=${encodeURIComponent(name.slice(0, 200))}`, file);
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      throw new StudioError('disconnected', `${name} could not be sent: ${cause}.`);
    }
    const reply = uploadReplySchema.safeParse(answer);
    if (!reply.success) throw new StudioError('internal', `The answer to sending ${name} is not understood.`);
    if ('error' in reply.data) throw new StudioError('user', reply.data.error);
    return reply.data.upload;
  }

  #receive(event: string, payload: unknown): void {
    if (!isEventName(event)) return;
    const parsed = studioEvents[event].safeParse(payload);
    if (!parsed.success) {
      console.error(`The event ${event} is not what it should be: ${parsed.error.issues[0]?.message ?? ''}`);
      return;
    }
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(parsed.data);
  }
}
