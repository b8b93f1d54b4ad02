import { InvalidArgumentError, Option, type Command } from 'commander';
import { devices, isacMethods } from '../../preload/contract/request.ts';

/** Flags that every command which generates shares. Their ranges are the request schema's. */
export function withGenerationFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--method <name>', 'ISAC: none, latent optimisation or latent selection').choices(
        isacMethods,
      ),
    )
    .option('--seed <n>', 'as torch.manual_seed (default: a random one)', number)
    .option('--steps <n>', 'denoising steps', number)
    .option('--guidance <g>', 'classifier-free guidance scale', number)
    .option('--candidates <n>', 'latents that --method ls chooses from', number)
    .option('--model <id|folder>', 'an installed model or a diffusers folder')
    .addOption(new Option('--device <name>', 'where to run').choices(devices));
}

/** A number; the request's schema says which are allowed. */
function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}
