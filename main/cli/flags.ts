import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { LoraChoice } from '../../preload/contract/lora.ts';
import { isacPresets } from '../../preload/contract/isacPresets.ts';
import { precisions } from '../../preload/contract/precision.ts';
import { isacMethods, type IsacSettings } from '../../preload/contract/isac.ts';
import { devices } from '../../preload/contract/request.ts';
import { parseSeed } from '../../preload/contract/seed.ts';

/** Flags that every command which generates shares. Their ranges are the request schema's. */
export function withGenerationFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--method <name>', 'ISAC: none, latent optimisation or latent selection').choices(
        isacMethods,
      ),
    )
    .addOption(
      new Option(
        '--preset <name>',
        'ISAC: what measures best, the paper to the letter, the paper with steps of one size, or the defaults up to November 2026',
      ).choices(isacPresets),
    )
    .option(
      '--seed <n>',
      'any whole number, as torch.manual_seed; -1 or none: a random one; from 2^53 on its lower 32 bits, which draw the same numbers',
      seed,
    )
    .option('--steps <n>', 'denoising steps', number)
    .option('--guidance <g>', 'classifier-free guidance scale', number)
    .option('--candidates <n>', 'latents that --method ls chooses from', number)
    .option(
      '--probes <all|early|n>',
      'attention that ISAC looks at: all of it, what comes before the up blocks, or maps of at most n a side; fewer take less memory and time',
      probes,
    )
    .option('--lora <file[:weight]>', 'a LoRA and its weight (default: 1); may be repeated', loras)
    .option('--vae-tile <n>', 'run the VAE in tiles of n latents (64, 32): less memory, faint seams', number)
    .option(
      '--attention-slices <n>',
      'run large attention layers in n parts (2, 4, 8): less memory, more time',
      number,
    )
    .addOption(
      new Option(
        '--precision <name>',
        'what predictions are computed in; float16 needs a GPU that can (see doctor), and changes the image a little',
      ).choices(precisions),
    )
    .option('--model <id|folder>', 'an installed model or a diffusers folder')
    .addOption(new Option('--device <name>', 'where to run').choices(devices));
}

/** A seed as other programs write them. */
function seed(text: string): number {
  const parsed = parseSeed(text);
  if (parsed === null) throw new InvalidArgumentError('It must be a whole number.');
  return parsed === 'random' ? randomInt(2 ** 32) : parsed;
}

/** One more LoRA. A colon before anything but a number belongs to the path (C:\\...). */
function loras(text: string, before: readonly LoraChoice[] = []): LoraChoice[] {
  const [, file = text, weight] = /^(.+):([-+]?(?:\d+\.?\d*|\.\d+))$/s.exec(text) ?? [];
  if (file.trim() === '') throw new InvalidArgumentError('It must be a file.');
  return [...before, { file: resolve(file), weight: weight === undefined ? 1 : Number(weight) }];
}

/** Which attention ISAC looks at; the request's schema says which sides are allowed. */
function probes(text: string): Partial<Pick<IsacSettings, 'earlyEnd' | 'maxProbeSide'>> {
  if (text === 'all') return {};
  if (text === 'early') return { earlyEnd: true };
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be all, early or a number.');
  return { maxProbeSide: Number(text) };
}

/** A number; the request's schema says which are allowed. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}
