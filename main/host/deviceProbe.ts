import { z } from 'zod';
import type { Provider } from '../engine/runtime/session.ts';
import { exitSentence } from './exitSentence.ts';
import { forkSpawner } from './forkSpawner.ts';
import { siblingEntry } from './entries.ts';
import { graphicsFacts, graphicsHint } from './graphicsHint.ts';
import { providers, type ProbeResult } from './probeResult.ts';
import { RememberedProbes } from './rememberedProbes.ts';
import type { Spawner } from './spawner.ts';

const answerSchema = z.union([
  /** First without float16: a driver that falls over that still works. */
  z.object({ ok: z.literal(true), float16: z.boolean().optional() }),
  z.object({ ok: z.literal(false), reason: z.string() }),
]);

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
    let started = false;
    const finish = (works: boolean, reason = '', float16 = false): void => {
      clearTimeout(timer);
      child.kill();
      resolve({ provider, works, reason: works ? '' : providerSentence(provider, reason), float16 });
    };
    const timer = setTimeout(() => finish(started, `no answer within ${timeoutMs / 1000} s`), timeoutMs);
    child.onMessage((message) => {
      const answer = answerSchema.safeParse(message);
      if (!answer.success) finish(false, 'an answer that is not understood');
      else if (answer.data.ok && answer.data.float16 === undefined) started = true;
      else if (answer.data.ok) finish(true, '', answer.data.float16);
      else finish(false, answer.data.reason);
    });
    child.onExit((exit) => finish(started, exitSentence(exit, true)));
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
        ? graphicsHint(graphicsFacts())
        : 'update the driver of your graphics card';
    return `webgpu finds no graphics adapter: ${way}, or use the device cpu.`;
  }
  if (/driver version is insufficient/i.test(message)) {
    return `${provider}: NVIDIA's driver is too old for the CUDA libraries: update the driver, or use the device webgpu or cpu.`;
  }
  if (/no CUDA-capable device/i.test(message)) {
    return `${provider} finds no NVIDIA card (is CUDA_VISIBLE_DEVICES set?): use the device webgpu or cpu.`;
  }
  const library = /(lib[\w.+-]+\.so[\w.]*): cannot open shared object/.exec(message)?.[1];
  if (library !== undefined) {
    return `${provider} needs the library ${library}, which is not installed (README, "GPU"); or use the device webgpu or cpu.`;
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
 * the first of the machine's accelerators that really starts. What was probed once is remembered.
 */
export async function chooseProvider(
  weightBytes: number,
  probes: RememberedProbes = new RememberedProbes(),
): Promise<Provider> {
  if (isSmall(weightBytes)) return 'cpu';
  const known = probes.read();
  for (const provider of providers.filter((each) => each !== 'cpu')) {
    const works = told()?.has(provider) ?? known.get(provider)?.works ?? (await tried(provider, probes));
    if (works) return provider;
  }
  return 'cpu';
}

async function tried(provider: Provider, probes: RememberedProbes): Promise<boolean> {
  const result = await probeProvider(provider);
  await probes.remember([result]);
  return result.works;
}

/** What the starter of this process found out: in Electron's utility process, none can be forked to probe in. */
function told(): ReadonlySet<string> | null {
  const list = process.env['ISAC_STUDIO_DEVICES'];
  return list === undefined ? null : new Set(list.split(','));
}

const SMALL_WEIGHTS = 200e6;

/** Whether "auto" stays on the CPU. */
export const isSmall = (weightBytes: number): boolean => weightBytes < SMALL_WEIGHTS;
