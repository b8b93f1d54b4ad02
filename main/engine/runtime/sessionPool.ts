import { encodeModel } from '../graph/onnx/encode.ts';
import type { Tensor } from '../graph/tensor.ts';
import { Session, type SessionOptions } from './session.ts';

/** Sessions by name, each built when it is first needed. One thread uses it at a time. */
export class SessionPool {
  private readonly sessions = new Map<string, Promise<Session>>();
  private readonly options: SessionOptions;

  constructor(options: SessionOptions) {
    this.options = options;
  }

  /**
   * The session called `key`; `build` makes its graph's outputs the first time.
   * A key stands for one graph: whatever shapes it must be part of its key.
   */
  get(key: string, build: () => Readonly<Record<string, Tensor>>): Promise<Session> {
    const known = this.sessions.get(key);
    if (known) return known;
    const session = Session.create(encodeModel(build(), this.options.externalRoot), this.options);
    this.sessions.set(key, session);
    session.catch(() => this.sessions.delete(key));
    return session;
  }

  /** Lets go of the sessions whose key `matches`, all by default. */
  async release(matches: (key: string) => boolean = () => true): Promise<void> {
    for (const [key, session] of [...this.sessions]) {
      if (!matches(key)) continue;
      this.sessions.delete(key);
      await (await session).release();
    }
  }
}
