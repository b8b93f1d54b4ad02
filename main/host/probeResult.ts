import type { Provider } from '../engine/runtime/session.ts';

export interface ProbeResult {
  readonly provider: Provider;
  readonly works: boolean;
  /** Why it does not, in one sentence with a way out; empty when it works. */
  readonly reason: string;
  /** Whether it computes in float16. */
  readonly float16?: boolean;
}

export const providers = ['cpu', 'cuda', 'webgpu', 'dml', 'coreml'] as const satisfies readonly Provider[];
