import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { forkSpawner } from '../../../main/host/forkSpawner.ts';
import { ModelLibrary } from '../../../main/library/modelLibrary.ts';
import { StudioService } from '../../../main/studio/studioService.ts';

// Gives a studio one file, as its page would, and prints how long the studio's own thread stood still for it and how
// much memory the process took at most: `tsx hostileStudio.ts WAY FILE`.

const root = join(import.meta.dirname, '..', '..', '..');
const replySchema = z.looseObject({
  ok: z.boolean(),
  value: z.unknown().optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

const [way = '', file = ''] = process.argv.slice(2);
const data = mkdtempSync(join(tmpdir(), 'isac-hostile-'));
const service = new StudioService({
  shell: { kind: 'web', locale: () => '', dialogs: null },
  folders: { data: join(data, 'data'), projects: join(data, 'projects') },
  examples: join(root, 'assets', 'examples'),
  versions: {},
  spawner: forkSpawner(join(root, 'tests', 'studio', 'paintingEngine.ts')),
  probe: (provider) => Promise.resolve({ provider, works: true, reason: '' }),
  library: new ModelLibrary({ data: join(data, 'library'), models: join(data, 'models') }),
});
const client = 'page';
service.connect({ id: client, send: () => undefined });

async function call(name: string, args: unknown): Promise<z.infer<typeof replySchema>> {
  return replySchema.parse(await service.call(client, name, args));
}

async function upload(): Promise<string> {
  const url = `http://localhost/uploads?name=${encodeURIComponent(basename(file))}`;
  const body = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
  const response = await service.answer(new Request(url, { method: 'POST', body, duplex: 'half' }));
  return z.object({ upload: z.string() }).parse(await response?.json()).upload;
}

const projectSchema = z.object({ handle: z.string() });

async function give(project: string): Promise<() => Promise<z.infer<typeof replySchema>>> {
  const model = join(root, 'tests', 'fixtures', 'pipeline', 'epsilon');
  const plain = join(root, 'tests', 'fixtures', 'weights', 'checkpoint', 'plain');
  switch (way) {
    case 'drop': {
      const sent = await upload();
      return () => call('imports.read', { upload: sent });
    }
    case 'picture': {
      const sent = await upload();
      return () => call('sources.ofPicture', { project, upload: sent });
    }
    case 'backdrop': {
      const sent = await upload();
      return () => call('project.addBackdrop', { project, upload: sent });
    }
    case 'archive': {
      const sent = await upload();
      return () => call('project.importZip', { upload: sent });
    }
    case 'project':
      service.requestOpen(client, file);
      return () => call('project.open', { path: file, force: false });
    case 'lora':
      return () => call('loras.check', { file, model });
    case 'model':
      return () => call('models.add', { path: file });
    case 'adapter':
      return () => call('models.add', { path: plain, adapter: file });
    default:
      throw new Error(`There is no way "${way}".`);
  }
}

const { value } = await call('project.create', {});
const action = await give(projectSchema.parse(value).handle);

let last = performance.now();
let stoodStill = 0;
const tick = (): void => {
  const now = performance.now();
  stoodStill = Math.max(stoodStill, now - last - 10);
  last = now;
};
await new Promise((resolve) => setTimeout(resolve, 300));
const before = process.memoryUsage.rss();
const timer = setInterval(tick, 10);
last = performance.now();
const began = last;
const { ok, error } = await action();
tick();
clearInterval(timer);
const figures = {
  ok,
  code: error?.code ?? '',
  message: error?.message.slice(0, 600) ?? '',
  ms: Math.round(performance.now() - began),
  stoodStillMs: Math.round(stoodStill),
  tookMB: Math.round((process.resourceUsage().maxRSS * 1024 - before) / 1e6),
};
await new Promise((resolve) => process.stdout.write(`${JSON.stringify(figures)}\n`, resolve));
await service.close();
rmSync(data, { recursive: true, force: true });
process.exit(0);
