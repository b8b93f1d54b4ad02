// Opens the project given as argument and keeps it open.
import { Project } from '../../../main/projects/projectStore.ts';

const [path = ''] = process.argv.slice(2);
await Project.open(path, { writtenBy: 'child', defaults: { model: 'mini-gligen', width: 128, height: 128 } });
console.log('open');
setInterval(() => undefined, 1000);
