import { z } from 'zod';
import type { Provider } from '../engine/runtime/session.ts';
import { exitSentence } from './exitSentence.ts';
import { forkSpawner } from './forkSpawner.ts';
import { siblingEntry } from './entries.ts';
import type { Spawner } from './spawner.ts';

export interface ProbeResult {
  readonly provider: Provider;
  readonly works: boolean;
  /** Why it does not, in one sentence with a way out; empty when it works. */
  readonly reason: string;
}

const answerSchema = z.union([
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), reason: z.string() }),
]);

export const providers = ['cpu', 'cuda', 'webgpu', 'dml', 'coreml'] as const satisfies readonly Provider[];

export interface ProbeOptions {
  readonly timeoutMs?: number;
  /** Starts probeChild with these arguments; by default with Node's fork. */
  readonly spawn?: (args: readonly string[]) => Spawner;
}

/** Whether a provider really starts here: runs a tiny graph on it in a process of its own. */
export function probeProvider(
  provider: Provider,
  {
    timeoutMs = 30_000,
    spawn = (args) => forkSpawner(siblingEntry('probeChild'), {}, args),
  }: ProbeOptions = {},
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const child = spawn([provider])();
    const finish = (works: boolean, reason = ''): void => {
      clearTimeout(timer);
      child.kill();
      resolve({ provider, works, reason: works ? '' : providerSentence(provider, reason) });
    };
    const timer = setTimeout(() => finish(false, `no answer within ${timeoutMs / 1000} s`), timeoutMs);
    child.onMessage((message) => {
      const answer = answerSchema.safeParse(message);
      if (!answer.success) finish(false, 'an answer that is not understood');
      else finish(answer.data.ok, answer.data.ok ? '' : answer.data.reason);
    });
    child.onExit((exit) => finish(false, exitSentence(exit, true)));
  });
}

/** What ONNX Runtime says when a provider does not start, as a sentence with a way out. */
export function providerSentence(provider: Provider, message: string): string {
  const said = (message.split('\n')[0] ?? '').trim().slice(0, 300);
  if (/backend not found|no available backend/i.test(message)) {
    return `${provider} is not part of onnxruntime-node on ${process.platform}-${process.arch}.`;
  }
  if (/Failed to get a WebGPU adapter|No supported adapters/i.test(message)) {
    const way =
      process.platform === 'linux'
        ? 'install the Vulkan loader (libvulkan1) and a driver of your card, or a newer Mesa'
        : 'update the driver of your graphics card';
    return `webgpu finds no graphics adapter: ${way}, or use the device cpu.`;
  }
  if (
    /Failed to load shared library|OrtSessionOptionsAppendExecutionProvider_Cuda|libonnxruntime_providers/i.test(
      message,
    )
  ) {
    return `${provider} needs libraries that are not installed (README, "GPU"): ${said}`;
  }
  return `${provider} does not start: ${said}`;
}

/**
 * The provider for the device "auto": models as small as the embedded one are fastest on the CPU, larger ones go to
 * the first of the machine's accelerators that really starts.
 */
export async function chooseProvider(weightBytes: number): Promise<Provider> {
  if (weightBytes < SMALL_WEIGHTS) return 'cpu';
  for (const provider of providers.filter((each) => each !== 'cpu')) {
    const known = told()?.has(provider) ?? remembered.get(provider) ?? (await probeProvider(provider)).works;
    remembered.set(provider, known);
    if (known) return provider;
  }
  return 'cpu';
}

/** What the starter of this process found out: in Electron's utility process, none can be forked to probe in. */
function told(): ReadonlySet<string> | null {
  const list = process.env['ISAC_STUDIO_DEVICES'];
  return list === undefined ? null : new Set(list.split(','));
}

const SMALL_WEIGHTS = 200e6;
const remembered = new Map<Provider, boolean>();
