import { encodeModel, type EncodedModel } from '../graph/onnx/encode.ts';
import { encodeBranches } from '../graph/onnx/encodeBranches.ts';
import type { Outputs } from '../graph/onnx/part.ts';
import { Session, type SessionOptions } from './session.ts';

/** Sessions by name, as their users see a pool. */
export type Sessions = Pick<SessionPool, 'get' | 'getBranches'>;

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
  get(key: string, build: () => Outputs, externalRoot = this.options.externalRoot): Promise<Session> {
    const { weightsInPlace } = this.options;
    return this.open(key, () => encodeModel(build(), externalRoot, weightsInPlace), externalRoot);
  }

  /** The same pool under keys of their own, for graphs that also read files from outside of its folder. */
  scope(prefix: string, externalRoot: string): Sessions {
    return {
      get: (key, build) => this.get(prefix + key, build, externalRoot),
      getBranches: (key, builds) => this.getBranches(prefix + key, builds, externalRoot),
    };
  }

  private open(key: string, encode: () => EncodedModel, externalRoot: string): Promise<Session> {
    const known = this.sessions.get(key);
    if (known) return known;
    const session = Session.create(encode(), { ...this.options, externalRoot });
    this.sessions.set(key, session);
    session.catch(() => this.sessions.delete(key));
    return session;
  }

  /**
   * One session for several graphs, which are built and opened together: their weights exist once on the device.
   * On the CPU weights are shared through the file's pages anyway, and small sessions open faster.
   */
  getBranches(
    key: string,
    builds: Readonly<Record<string, () => Outputs>>,
    externalRoot = this.options.externalRoot,
  ): Promise<Session> {
    const encode = (): EncodedModel => {
      const branches = Object.entries(builds).map(([name, build]) => [name, build()]);
      return encodeBranches(Object.fromEntries(branches) as Record<string, Outputs>, externalRoot);
    };
    return this.open(key, encode, externalRoot);
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
