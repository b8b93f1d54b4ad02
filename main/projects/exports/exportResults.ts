import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../engine/errors.ts';
import { writeFileAtomic } from '../atomicFile.ts';
import { fileError } from '../fileErrors.ts';
import { toCoco } from './coco.ts';
import { contactSheetPng, contactSheetSvg } from './contactSheet.ts';
import { readExportable, type Exportable } from './exportable.ts';
import { toMaskFiles } from './masks.ts';
import { toPsd } from './psd.ts';
import { toSvg } from './svg.ts';

/** `masks` and `coco` make a folder of files, the others one file. `contact-sheet` and `coco` take several results. */
export const exportKinds = [
  'png',
  'masks',
  'coco-rle',
  'coco-polygons',
  'svg',
  'psd',
  'contact-sheet-png',
  'contact-sheet-svg',
] as const;
export type ExportKind = (typeof exportKinds)[number];

export interface ExportJob {
  project: string;
  /** Result ids. */
  results: readonly string[];
  kind: ExportKind;
  /** The file, or for `masks` and `coco-*` the folder, to write. */
  target: string;
  /** Colour indices by box id, as the studio shows them. */
  colours?: ReadonlyMap<string, number>;
}

/** Writes an export; each file is there whole or not at all. @returns the paths written */
export async function exportResults({
  project,
  results,
  kind,
  target,
  colours,
}: ExportJob): Promise<string[]> {
  const items: Exportable[] = [];
  for (const id of results) items.push(await readExportable(project, id, colours));
  const first = items[0];
  if (first === undefined) throw new UserError('There is no result to export: run the layout first.');
  const severalAllowed = kind.startsWith('coco') || kind.startsWith('contact-sheet');
  if (items.length > 1 && !severalAllowed)
    throw new UserError(`Only one result at a time can be exported as ${kind}.`);
  const files = filesOf(kind, items, first);
  const folder = kind === 'masks' || kind.startsWith('coco') ? target : null;
  const written: string[] = [];
  try {
    if (folder !== null) await mkdir(folder, { recursive: true });
    for (const [name, data] of files) {
      const path = folder === null ? target : join(folder, name);
      await writeFileAtomic(path, data);
      written.push(path);
    }
  } catch (error) {
    throw fileError('export', target, error);
  }
  return written;
}

function filesOf(
  kind: ExportKind,
  items: readonly Exportable[],
  first: Exportable,
): Map<string, string | Uint8Array> {
  switch (kind) {
    case 'png':
      return new Map([['image.png', first.png]]);
    case 'masks':
      return toMaskFiles(first);
    case 'coco-rle':
    case 'coco-polygons': {
      const images = items.map((result) => ({ fileName: `${result.id}.png`, result }));
      const dataset = toCoco(images, kind === 'coco-rle' ? 'rle' : 'polygons');
      return new Map<string, string | Uint8Array>([
        ...images.map(({ fileName, result }): [string, Uint8Array] => [fileName, result.png]),
        ['annotations.json', `${JSON.stringify(dataset)}\n`],
      ]);
    }
    case 'svg':
      return new Map([['outlines.svg', toSvg(first)]]);
    case 'psd':
      return new Map([['layers.psd', toPsd(first)]]);
    case 'contact-sheet-png':
      return new Map([['contact-sheet.png', contactSheetPng(items)]]);
    case 'contact-sheet-svg':
      return new Map([['contact-sheet.svg', contactSheetSvg(items)]]);
  }
}
