import { Command, CommanderError } from 'commander';
import { Cancelled } from '../engine/diffusion/cancelled.ts';
import { printable } from '../../preload/contract/printable.ts';
import { messageOf, UserError } from '../engine/errors.ts';
import { programVersions } from '../host/appRoot.ts';
import { benchCommand } from './bench.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { generateCommand } from './generate.ts';
import { modelsCommand } from './models.ts';

/** One file per command; a new one is added to this list. */
const commands: readonly (() => Command)[] = [
  generateCommand,
  demoCommand,
  doctorCommand,
  benchCommand,
  modelsCommand,
];

async function main(): Promise<number> {
  const program = new Command('isac-studio')
    .description('Layout-to-image with GLIGEN and ISAC, one exact mask per box.')
    .version(programVersions()['isac-studio'] ?? '');
  for (const command of commands) program.addCommand(command());
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) {
    // One line on stderr, printed below; help goes to stdout as it is.
    command.exitOverride().configureOutput({ outputError: () => undefined });
  }
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof Cancelled) return 130;
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      // Commander writes the help itself when no command is named.
      if (error.code !== 'commander.help') complain(error.message.replace(/^error: /, ''));
      return 2;
    }
    complain(messageOf(error));
    return error instanceof UserError ? 2 : 1;
  }
}

function complain(message: string): void {
  console.error(`isac-studio: ${printable(message.trim())}`);
}

// A reader that has had enough (head, a closed pipe) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await main();
