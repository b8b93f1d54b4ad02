// Adds entries to every file that processes share. Arguments: folder, name. Begins when the folder holds the file "go".
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RememberedProbes } from '../../../main/host/rememberedProbes.ts';
import { FileHashes } from '../../../main/library/fileHashes.ts';
import { DownloadRecords } from '../../../main/library/hub/downloadRecord.ts';
import { HubSettingsFile } from '../../../main/library/hub/settingsFile.ts';
import { changeIndex } from '../../../main/library/libraryIndex.ts';
import { RunHistory } from '../../../main/library/runHistory.ts';
import { RecentProjects } from '../../../main/projects/recent.ts';
import { DeviceSettingsFile } from '../../../main/studio/deviceSettings.ts';
import { PreferencesFile } from '../../../main/studio/preferences.ts';
import { requestSchema } from '../../../preload/contract/request.ts';

const [folder = '', name = '0'] = process.argv.slice(2);
const number = Number(name);
console.log('ready');
while (!existsSync(join(folder, 'go'))) await sleep(2);

await changeIndex(folder, (models) => [
  ...models,
  {
    id: `model-${name}`,
    name,
    source: { kind: 'folder', folder: `/models/${name}` },
    origin: 'added',
    licence: null,
    repository: null,
  },
]);
await new FileHashes(folder).remember(`/file-${name}`, 'a'.repeat(64), { bytes: 1, modified: 1 });
const request = requestSchema.parse({
  version: 1,
  model: `model-${name}`,
  width: 64,
  height: 64,
  caption: 'a dog',
  boxes: [{ id: 'a', phrase: 'dog', box: [0, 0, 1, 1] }],
  seed: 1,
  steps: 20,
});
await new RunHistory(folder).record(
  {
    version: 1,
    request,
    model: { id: request.model, name, sha256: 'a' },
    device: 'cpu',
    versions: {},
    seconds: {},
    runs: {},
    losses: [],
    maskOverlap: null,
    boxes: [],
    warnings: [],
    measured: { seconds: 1, secondsPerStep: 0.1, peakBytes: 1, cold: false },
  },
  false,
);
await new RecentProjects(join(folder, 'recent.json')).add(`/projects/${name}.isac`);
const id = `00000000-0000-4000-8000-00000000000${name}`;
const repository = { name: `some/model-${name}`, revision: 'main', licence: null, gated: false };
await new DownloadRecords(folder).write(
  [{ id, repository, files: [{ path: 'a.json', bytes: 1, hash: null }] }],
  new Set([id]),
);
// Each of these changes one of several entries: none may take back what another has set.
const settings = new DeviceSettingsFile(join(folder, 'device-settings.json'));
const devices = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
const device = devices[number % devices.length] ?? 'cpu';
await settings.change(device, { ...(await settings.of(device)), keepLoaded: false });
const preferences = new PreferencesFile(join(folder, 'preferences.json'));
const choices = [{ language: 'ko' }, { theme: 'dark' }, { hintSeen: true }] as const;
await preferences.change(choices[number % choices.length] ?? {});
const hub = new HubSettingsFile(folder, {});
await hub.change(number % 2 === 0 ? { token: 'hf_1' } : { endpoint: 'https://mirror.example' });
await new RememberedProbes(join(folder, 'devices.json'), () => 'same').remember([
  { provider: device, works: true, reason: '', float16: true },
]);
console.log('done');
