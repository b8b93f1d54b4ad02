import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../engine/errors.ts';
import { exists } from './atomicFile.ts';
import { documentOfLayout, parseLayoutFile } from './imports/layoutFile.ts';
import { numberedPath } from './names.ts';
import { Project, type ProjectOptions } from './projectStore.ts';
import { readLimited } from './readFiles.ts';

export interface ExampleOptions extends ProjectOptions {
  /** Folder of layout files (`assets/examples`). */
  examples: string;
  /** File name of the layout to open with; by default the first by name. */
  layout?: string;
  /** Name of the project; by default "Example". */
  name?: string;
}

/**
 * The project that the first start opens: the boxes of one of the shipped layouts, ready to run.
 *
 * @param folder where `Example.isac` is made; an example that is there already is left alone
 * @throws UserError when no layout is shipped
 */
export async function createExampleProject(folder: string, options: ExampleOptions): Promise<Project> {
  const { examples, layout, name = 'Example', ...projectOptions } = options;
  const file = layout ?? (await firstLayout(examples));
  const document = documentOfLayout(
    parseLayoutFile(await readLimited(join(examples, file), 2 ** 20), file),
    options.defaults,
  );
  for (let attempt = 1; ; attempt++) {
    const path = numberedPath(folder, name, attempt);
    if (!(await exists(path))) return Project.create(path, document, projectOptions);
  }
}

async function firstLayout(examples: string): Promise<string> {
  const files = (await readdir(examples)).filter((name) => name.endsWith('.json')).sort();
  const first = files[0];
  if (first === undefined) throw new UserError(`${examples} holds no layout files.`);
  return first;
}
