// Writes version after version of a file and kills itself (SIGKILL) before the n-th file system call of the last write.
// Arguments: path, n. Prints the number of calls when n is larger than that.
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const [path = '', n = '0'] = process.argv.slice(2);
const { writeFileAtomic } = await import('../../../main/projects/atomicFile.ts');
const { bigText } = await import('./bigText.ts');
await writeFileAtomic(path, bigText(1), { backup: true });
await writeFileAtomic(path, bigText(2), { backup: true });

let calls = 0;
let dead = false;
const fatal = Number(n);

/** Runs nothing more from the fatal call on; SIGKILL may arrive a moment later. */
async function step(): Promise<void> {
  calls += 1;
  if (calls !== fatal && !dead) return;
  dead = true;
  process.kill(process.pid, 'SIGKILL');
  await sleep(60_000);
}

for (const name of ['open', 'rename', 'rm', 'link', 'copyFile', 'stat'] as const) {
  const original: (...args: never[]) => Promise<unknown> = fsPromises[name];
  Object.assign(fsPromises, {
    [name]: async (...args: never[]) => {
      await step();
      const value = await original(...args);
      if (name === 'open') wrapHandle(value as fsPromises.FileHandle);
      return value;
    },
  });
}
syncBuiltinESMExports();

function wrapHandle(handle: fsPromises.FileHandle): void {
  const { sync, close } = handle;
  handle.sync = async () => {
    await step();
    return sync.call(handle);
  };
  handle.close = async () => {
    await step();
    return close.call(handle);
  };
  // Half of the data arrives before the kill.
  handle.writeFile = async (data) => {
    const text = String(data);
    await handle.write(text.slice(0, text.length / 2));
    await step();
    await handle.write(text.slice(text.length / 2));
  };
}

await writeFileAtomic(path, bigText(3), { backup: true });
console.log(calls);
