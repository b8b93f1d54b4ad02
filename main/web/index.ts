import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { messageOf, UserError } from '../engine/errors.ts';
import { appRoot, assetsRoot, programVersions } from '../host/appRoot.ts';
import { probeProvider } from '../host/deviceProbe.ts';
import { onEndSignal, outliveTerminal, type EndSignal } from '../host/endSignals.ts';
import { siblingEntry } from '../host/entries.ts';
import { forkSpawner } from '../host/forkSpawner.ts';
import { dataFolders } from '../studio/dataFolders.ts';
import { StudioService } from '../studio/studioService.ts';
import { isLoopback } from './access.ts';
import { accessKey, accessKeyPath } from './accessKey.ts';
import { startWebServer, type WebServer } from './server.ts';

/** Tried first, so that the address and a tunnel to it stay the same from start to start. */
const USUAL_PORT = 8421;

/** How long pages have to send what they have not sent yet. */
const LAST_WORDS_MS = 300;

interface WebFlags {
  readonly host: string;
  readonly port?: number;
  readonly newKey?: boolean;
}

async function main(): Promise<void> {
  const { host, port, newKey = false } = readFlags();
  const folders = dataFolders();
  const key = await readAccessKey(folders.data, newKey);
  const service = new StudioService({
    shell: { kind: 'web', locale: () => '', dialogs: null },
    folders,
    examples: join(assetsRoot(), 'examples'),
    versions: programVersions(),
    spawner: forkSpawner(siblingEntry('engineChild')),
    probe: (provider) => probeProvider(provider),
  });
  const start = (wanted: number): Promise<WebServer> =>
    startWebServer({
      service,
      renderer: join(appRoot(), 'out', 'renderer'),
      host,
      port: wanted,
      key,
      onEntry: (next) => console.log(`A browser was let in. For another browser: ${next}`),
    });
  const server = await (port === undefined ? start(USUAL_PORT).catch(() => start(0)) : start(port));
  console.log(`ISAC Studio: ${server.url}`);
  if (!isLoopback(host)) {
    console.warn(
      `Warning: the studio listens on ${host}, without encryption. Whoever can read this network can use it and see ` +
        'what is made; an SSH tunnel to a loopback address is safer (ssh -L 8421:127.0.0.1:8421 this-machine).',
    );
  }

  let ending = false;
  const end = async (signal: EndSignal): Promise<void> => {
    if (ending) {
      // Only a second Ctrl-C means that the user does not want to wait.
      if (signal === 'SIGINT') process.exit(130);
      return;
    }
    ending = true;
    service.announceEnd();
    await sleep(LAST_WORDS_MS);
    const problems = await service.close();
    await server.close();
    for (const problem of problems) console.error(problem);
    process.exit(problems.length === 0 ? 0 : 1);
  };
  outliveTerminal(process.stdout, process.stderr);
  onEndSignal((signal) => void end(signal));
}

/** @throws UserError when the file of the key can be neither read nor written */
async function readAccessKey(data: string, replace: boolean): Promise<string> {
  try {
    return await accessKey(data, { replace });
  } catch (error) {
    throw new UserError(
      `The key of the web mode cannot be kept in ${accessKeyPath(data)}: ${messageOf(error)}. Make the folder writable, ` +
        'or choose another one with ISAC_STUDIO_DATA.',
      { cause: error },
    );
  }
}

function readFlags(): WebFlags {
  const command = new Command('isac-studio web')
    .description('the studio for a browser')
    .option('--web', 'serve the browser (this is what runs now)')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', `port to listen on (default: ${USUAL_PORT}, or any that is free)`, portNumber)
    .option('--new-key', 'lock out every browser that was let in before (then restart other running studios)')
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
  return command.parse().opts<WebFlags>();
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('a port is a whole number from 0 to 65535.');
  }
  return port;
}

main().catch((error: unknown) => {
  if (error instanceof CommanderError && error.exitCode === 0) process.exit(0);
  console.error(messageOf(error).replace(/^error: /, ''));
  process.exit(error instanceof UserError || error instanceof CommanderError ? 2 : 1);
});
