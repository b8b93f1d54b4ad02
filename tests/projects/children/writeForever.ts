// Opens the project given as argument and changes it as fast as it can until it is killed.
import { Project } from '../../../main/projects/projectStore.ts';

const [path = ''] = process.argv.slice(2);
const project = await Project.open(path, {
  writtenBy: 'child',
  defaults: { model: 'mini-gligen', width: 128, height: 128 },
});
console.log('open');
for (let count = 1; ; count++) {
  const text = `${count} ${'y'.repeat(1500)} ${count}`;
  project.update({ ...project.document, caption: { text, edited: true } });
  await project.flush();
  console.log(count);
}
