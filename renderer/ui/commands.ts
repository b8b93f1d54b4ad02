import type { ShowMode } from '../../preload/contract/studioRecords.ts';
import type { Command } from '../editor/commands/command.ts';
import type { ExportKind } from '../history/results.ts';
import { chooseFile, importFile } from '../library/importFiles.ts';
import { suggestedInstances, turnMasksIntoBoxes } from '../run/bornLayout.ts';
import type { Studio } from './studio.ts';

const IMPORTABLE = '.png,.jpg,.jpeg,.webp,.json,.zip';
const SOURCES = '.png,.jpg,.jpeg';

const exports: readonly { readonly kind: ExportKind; readonly several: boolean }[] = [
  { kind: 'png', several: false },
  { kind: 'masks', several: false },
  { kind: 'svg', several: false },
  { kind: 'psd', several: false },
  { kind: 'coco-rle', several: true },
  { kind: 'coco-polygons', several: true },
  { kind: 'contact-sheet-png', several: true },
  { kind: 'contact-sheet-svg', several: true },
];

/** Export kinds that take one result, for the menu of a result; the others take the whole history. */
export const singleExports = exports.filter(({ several }) => !several).map(({ kind }) => kind);

const modes: readonly { readonly mode: ShowMode; readonly key: string }[] = [
  { mode: 'layout', key: 'Alt+1' },
  { mode: 'image', key: 'Alt+2' },
  { mode: 'masks', key: 'Alt+3' },
  { mode: 'overlay', key: 'Alt+4' },
  { mode: 'cutouts', key: 'Alt+5' },
];

const always = (): boolean => true;

function fileCommands(studio: Studio): Command[] {
  const open = (): boolean => studio.state.project !== null;
  const electron = (): boolean => studio.state.info?.shell === 'electron';
  const { projects } = studio;
  return [
    command('file.new', 'file', ['Mod+Alt+N'], always, () => studio.attempt(() => projects.create())),
    command('file.open', 'file', ['Mod+O'], always, () => studio.attempt(() => projects.openDialog())),
    command('file.openExample', 'file', [], always, () => studio.attempt(() => projects.openExample())),
    command('file.saveAs', 'file', ['Mod+Shift+S'], open, () =>
      electron() ? studio.attempt(() => projects.saveAs()) : studio.open({ kind: 'saveAs' }),
    ),
    command('file.save', 'file', ['Mod+S'], open, () =>
      studio.attempt(async () => {
        await projects.flush();
      }),
    ),
    command('file.import', 'file', ['Mod+I'], open, () =>
      studio.attempt(async () => {
        const file = await chooseFile(IMPORTABLE);
        if (file !== null) {
          await importFile(studio, file);
        }
      }),
    ),
    command('file.importZip', 'file', [], always, () =>
      studio.attempt(async () => {
        if (electron()) {
          await projects.importZip();
          return;
        }
        const file = await chooseFile('.zip');
        if (file !== null) {
          await projects.importZip(await studio.api.upload(file, file.name));
        }
      }),
    ),
    command('file.exportZip', 'file', [], open, () => studio.attempt(() => projects.exportZip())),
    ...exports.map(({ kind, several }) =>
      command(
        `export.${kind}`,
        'file',
        kind === 'png' ? ['Mod+E'] : [],
        () => (several ? studio.state.results.length > 0 : studio.state.shown !== null),
        () => {
          const { results, shown } = studio.state;
          const ids = several ? results.slice(-1000).map(({ id }) => id) : shown === null ? [] : [shown];
          studio.attempt(() => studio.results.export(kind, ids));
        },
      ),
    ),
  ];
}

function runCommands(studio: Studio): Command[] {
  const shown = (): string | null => studio.state.shown;
  const withShown = (work: (id: string) => Promise<unknown>) => (): void => {
    const id = shown();
    if (id !== null) {
      studio.attempt(() => work(id));
    }
  };
  const neighbour = (step: 1 | -1) => (): void => {
    const { results } = studio.state;
    const at = results.findIndex(({ id }) => id === shown());
    const next = results[at === -1 ? results.length - 1 : at + step];
    if (next !== undefined) {
      studio.attempt(() => studio.results.show(next.id));
    }
  };
  return [
    command(
      'run.generate',
      'run',
      ['Mod+Enter'],
      () => studio.state.project !== null,
      () => studio.attempt(() => studio.runs.generate()),
    ),
    command(
      'run.cancel',
      'run',
      ['Mod+.'],
      () => studio.state.live !== null,
      () => studio.attempt(() => studio.runs.cancel()),
    ),
    command(
      'run.cancelAll',
      'run',
      [],
      () => studio.state.jobs.length > 0,
      () => studio.attempt(() => studio.runs.cancelAll()),
    ),
    command(
      'run.compare',
      'run',
      ['Mod+J'],
      () => shown() !== null,
      () => studio.attempt(() => studio.results.compareWithoutIsac()),
    ),
    command(
      'run.repaint',
      'run',
      ['Alt+R'],
      () => shown() !== null && studio.sources.chosen.length > 0,
      withShown((id) => studio.sources.repaint(id)),
    ),
    command(
      'run.vary',
      'run',
      ['Shift+Alt+R'],
      () => shown() !== null,
      withShown((id) => studio.sources.vary(id)),
    ),
    command(
      'run.chooseSource',
      'run',
      [],
      () => studio.state.project !== null,
      () =>
        studio.attempt(async () => {
          const file = await chooseFile(SOURCES);
          if (file !== null) {
            await studio.sources.choose(file);
          }
        }),
    ),
    command(
      'run.restore',
      'run',
      [],
      () => shown() !== null,
      withShown((id) => studio.results.restore(id)),
    ),
    command(
      'run.copyImage',
      'run',
      ['Mod+Shift+C'],
      () => shown() !== null,
      withShown((id) => studio.results.copyImage(id)),
    ),
    command(
      'run.remove',
      'run',
      [],
      () => shown() !== null,
      withShown((id) => studio.results.remove(id)),
    ),
    command(
      'run.masksToBoxes',
      'run',
      [],
      () => suggestedInstances(studio).length > 0,
      () => turnMasksIntoBoxes(studio),
    ),
    command('run.next', 'run', ['PageDown'], () => studio.state.results.length > 1, neighbour(1)),
    command('run.previous', 'run', ['PageUp'], () => studio.state.results.length > 1, neighbour(-1)),
  ];
}

function viewCommands(studio: Studio): Command[] {
  return [
    ...modes.map(({ mode, key }): Command => ({
      ...command(
        `show.${mode}`,
        'view',
        [key],
        () => studio.state.shown !== null || studio.state.live !== null,
        () => studio.results.chooseMode(mode),
      ),
      checked: () => studio.state.mode === mode,
    })),
    {
      ...command('show.boxes', 'view', ['Mod+B'], always, () => studio.set({ boxes: !studio.state.boxes })),
      checked: () => studio.state.boxes,
    },
    command('library.open', 'help', ['Mod+Shift+L'], always, () => studio.open({ kind: 'library' })),
    command('help.palette', 'help', ['Mod+K'], always, () => studio.open({ kind: 'palette' })),
    {
      ...command('help.shortcuts', 'help', ['?', 'F1'], always, () => studio.open({ kind: 'shortcuts' })),
      scope: 'global',
    },
    command('help.about', 'help', [], always, () => studio.open({ kind: 'about' })),
  ];
}

/** What the studio adds to the editor's commands; menu, palette, shortcut sheet and native menu are made from all. */
export function studioCommands(studio: Studio): Command[] {
  return [...fileCommands(studio), ...runCommands(studio), ...viewCommands(studio)];
}

function command(
  id: string,
  group: Command['group'],
  shortcuts: readonly string[],
  enabled: () => boolean,
  perform: () => void,
): Command {
  const global = shortcuts.some((keys) => keys.startsWith('Mod+'));
  // Looking through results and views goes on wherever the last click was.
  const looking = group === 'view' || shortcuts.some((keys) => /^(Alt\+|Page)/.test(keys));
  return {
    id,
    label: `command.${id}`,
    group,
    shortcuts,
    scope: global ? 'global' : looking ? 'page' : 'canvas',
    enabled,
    run: perform,
  };
}
