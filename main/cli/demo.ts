import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import Table from 'cli-table3';
import { requestSchema } from '../../preload/contract/request.ts';
import type { GenerationResult } from '../../preload/contract/result.ts';
import { UserError } from '../engine/errors.ts';
import { appRoot } from '../host/appRoot.ts';
import { fromBase64 } from '../host/png.ts';
import { CommandEngine, modelFor } from './engine.ts';
import { withGenerationFlags } from './flags.ts';
import { OutputFolder } from './outputFolder.ts';
import { ProgressBar } from './progressBar.ts';
import { readLayout } from './readLayout.ts';
import { requestFromLayout, type GenerationFlags } from './requestFromLayout.ts';
import { writeResult } from './resultFiles.ts';

interface DemoFlags extends GenerationFlags {
  readonly out: string;
  readonly examples: string;
  readonly model?: string;
}

/** The demonstration shows the same pictures every time. */
const DEMO_SEED = 1;

export function demoCommand(): Command {
  return withGenerationFlags(new Command('demo'))
    .description('render the example layouts, each without and with ISAC from the same seed')
    .option('--out <folder>', 'folder for the results', 'demo-output')
    .option('--examples <folder>', 'folder of layout files', join(appRoot(), 'assets', 'examples'))
    .action(demo);
}

interface Rendered {
  readonly name: string;
  readonly baseline: GenerationResult;
  readonly refined: GenerationResult;
}

async function demo(flags: DemoFlags): Promise<void> {
  const names = (await readdir(flags.examples).catch(() => []))
    .filter((name) => name.endsWith('.json'))
    .sort();
  if (names.length === 0) throw new UserError(`--examples ${flags.examples}: holds no layout files (*.json)`);
  const model = await modelFor(flags.model);
  const jobs = [];
  for (const name of names) {
    const { layout } = await readLayout(join(flags.examples, name));
    const request = requestFromLayout(layout, { seed: DEMO_SEED, ...flags }, model.id, model.native);
    jobs.push({ name: name.replace(/\.json$/, ''), request });
  }
  const total = jobs.reduce((sum, { request }) => sum + 2 * request.steps, 0);
  const engine = new CommandEngine();
  const bar = new ProgressBar();
  const rendered: Rendered[] = [];
  try {
    bar.start(jobs[0]?.name ?? '', total);
    let before = 0;
    for (const { name, request } of jobs) {
      const run = async (title: string, of: typeof request): ReturnType<CommandEngine['run']> => {
        bar.next(title, before);
        before += of.steps;
        return engine.run(of, { preview: false, onProgress: (event) => bar.show(event) });
      };
      const folder = await OutputFolder.open(join(flags.out, name));
      try {
        const plain = requestSchema.parse({ ...request, isac: { ...request.isac, method: 'none' } });
        const baseline = await run(`${name}, GLIGEN alone`, plain);
        const refined = await run(`${name}, with ISAC`, request);
        await folder.write('baseline.png', fromBase64(baseline.image));
        await writeResult(folder, refined);
        engine.stopIfInterrupted();
        await folder.commit();
        rendered.push({ name, baseline: baseline.result, refined: refined.result });
      } finally {
        await folder.discard();
      }
    }
  } finally {
    bar.stop();
    engine.close();
  }
  console.log(tableOf(rendered));
  const { device = '', model: used } = rendered[0]?.refined ?? {};
  console.log(
    `${used?.name ?? ''} on ${device}; "overlap" is the worst Dice of two boxes' maps, GLIGEN alone → with ISAC.`,
  );
  console.log(`Results: ${resolve(flags.out)}`);
}

function tableOf(rendered: readonly Rendered[]): string {
  const table = new Table({
    head: ['example', 'seconds', 'steps', 'L_ins first → last', 'L_sem first → last', 'overlap'],
    style: { head: [], border: [] },
  });
  for (const { name, baseline, refined } of rendered) {
    const [first, last] = [refined.losses[0], refined.losses.at(-1)];
    table.push([
      name,
      secondsOf(refined).toFixed(1),
      String(refined.request.steps),
      arrow(first?.instance, last?.instance),
      arrow(first?.semantic, last?.semantic),
      arrow(baseline.maskOverlap?.last, refined.maskOverlap?.last),
    ]);
  }
  return table.toString();
}

function secondsOf({ seconds }: GenerationResult): number {
  return Object.values(seconds).reduce((a, b) => a + b, 0);
}

function arrow(from: number | undefined, to: number | undefined): string {
  const text = (value: number | undefined): string => value?.toPrecision(3) ?? '-';
  return `${text(from)} → ${text(to)}`;
}
