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

// A reader that has had enough (head, a closed pipe) is no failure of ours: what was asked for is finished without it,
// the result's folder above all. What cannot be written for another reason (a full disk) is said once, at the first try.
let told = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // EIO: the terminal has gone; SIGHUP ends the command, in order.
  if (told || error.code === 'EPIPE' || error.code === 'EIO') return;
  told = true;
  complain(`standard output cannot be written: ${messageOf(error)}`);
  process.exitCode = 1;
});
// Where stderr goes nowhere, there is nobody to tell.
process.stderr.on('error', () => undefined);

const code = await main();
// A fault of standard output above stays one.
if (code !== 0) process.exitCode = code;
