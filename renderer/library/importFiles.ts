import type { EmbeddedRequest } from '../../preload/contract/project.ts';
import type { CocoImage, LeftOut } from '../../preload/contract/studioRecords.ts';
import type { LayoutDocument } from '../editor/document.ts';
import { setSource } from '../editor/source.ts';
import { versionDifferences } from '../run/reproduction.ts';
import { translate } from '../ui/i18n.ts';
import type { Studio } from '../ui/studio.ts';

/** A dropped or chosen file: a PNG made here, a layout, COCO annotations, a project archive, or a picture. */
export async function importFile(studio: Studio, file: File): Promise<void> {
  const { api, projects } = studio;
  const upload = await api.upload(file, file.name);
  const read = await api.call('imports.read', { upload, model: modelOf(studio) });
  switch (read.kind) {
    case 'png':
      // The seed stays, or the next run would make another picture.
      take(
        studio,
        await withSource(studio, { ...read.document, seedMode: 'locked' }, upload),
        translate('import.png', { name: file.name }),
      );
      warnOfOtherModel(studio, read.document);
      remember(studio, file.name, read.embedded);
      return;
    case 'layout':
      takeLayout(studio, read.document, takenText(file.name, read.leftOut));
      return;
    case 'coco':
      studio.open({ kind: 'coco', upload, name: file.name, images: read.images });
      return;
    case 'archive':
      await projects.importZip(upload);
      return;
    case 'picture':
      studio.open({ kind: 'picture', upload, file });
  }
}

/** The boxes of the image of a COCO file that the user chose. */
export async function importCocoImage(
  studio: Studio,
  { upload, name, image }: { readonly upload: string; readonly name: string; readonly image: CocoImage },
): Promise<void> {
  const read = await studio.api.call('imports.read', { upload, image: image.id, model: modelOf(studio) });
  if (read.kind === 'layout') {
    takeLayout(studio, read.document, takenText(`${name}: ${image.name}`, read.leftOut));
  }
}

const modelOf = (studio: Studio): string => studio.editor.getSnapshot().document.settings.model;

/** A layout file says nothing of settings: they stay, but for a source picture, which had another layout. */
function takeLayout(studio: Studio, document: LayoutDocument, text: string): void {
  const { settings, seedMode } = studio.editor.getSnapshot().document;
  take(studio, setSource({ ...document, settings, seedMode }, null), text);
}

function takenText(name: string, leftOut: LeftOut | null): string {
  const taken = translate('import.taken', { name });
  const left = (['crowds', 'withoutBox', 'outside', 'over'] as const).flatMap((why) => {
    const count = leftOut?.[why] ?? 0;
    return count === 0 ? [] : [translate(`import.leftOut.${why}`, { boxes: count })];
  });
  return left.length === 0 ? taken : `${taken} ${translate('import.leftOut', { what: left.join(', ') })}`;
}

/** The source picture inside of the PNG comes into the project; a document without its picture cannot run. */
async function withSource(studio: Studio, document: LayoutDocument, upload: string): Promise<LayoutDocument> {
  if (document.settings.source === undefined) {
    return document;
  }
  const kept = await studio.api.call('sources.ofUpload', { project: studio.projects.need(), upload });
  if (kept !== null) {
    return document;
  }
  studio.toast(translate('source.lost'));
  return setSource(document, null);
}

/** One undo step; the backdrop stays, for a file does not bring its own. */
function take(studio: Studio, document: LayoutDocument, text: string): void {
  studio.editor.edit(
    'step.import',
    (current) => ({ ...document, backdrop: current.backdrop }),
    () => [],
  );
  studio.editor.fit();
  studio.toast(text, studio.undoAction());
}

function warnOfOtherModel(studio: Studio, document: LayoutDocument): void {
  const { models } = studio.state;
  const wanted = document.settings.model;
  if (models !== null && !models.some(({ id }) => id === wanted)) {
    studio.toast(translate('import.noModel', { model: wanted }));
  }
}

/** Remembers who made a picture, to tell when somebody else makes it again; what is known of that before is told now. */
function remember(studio: Studio, name: string, { request, madeBy }: EmbeddedRequest): void {
  studio.set({ reproduction: madeBy === undefined ? null : { name, request, madeBy } });
  const what = versionDifferences(madeBy?.versions ?? {}, studio.state.info?.versions ?? {}).join(', ');
  if (what !== '') {
    studio.toast(translate('import.otherMaker', { name, what }));
  }
}

/** Makes an uploaded picture the backdrop, as one undo step. */
export async function setBackdropPicture(studio: Studio, upload: string): Promise<void> {
  const { file } = await studio.api.call('project.addBackdrop', {
    project: studio.projects.need(),
    upload,
  });
  studio.editor.edit('step.backdrop', (document) => ({ ...document, backdrop: { file, opacity: 0.5 } }));
}

/** Asks for a file with the browser's own dialog. */
export function chooseFile(accept: string): Promise<File | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = accept;
    input.addEventListener('change', () => resolve(input.files?.[0] ?? null));
    input.addEventListener('cancel', () => resolve(null));
    input.click();
  });
}

/** Files dropped anywhere on the window. */
export function installDrop(studio: Studio): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
  window.addEventListener(
    'dragover',
    (event) => {
      if (hasFiles(event)) {
        event.preventDefault();
        if (!studio.state.dropping) {
          studio.set({ dropping: true });
        }
      }
    },
    { signal },
  );
  window.addEventListener(
    'dragleave',
    (event) => {
      if (event.relatedTarget === null) {
        studio.set({ dropping: false });
      }
    },
    { signal },
  );
  window.addEventListener(
    'drop',
    (event) => {
      studio.set({ dropping: false });
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) {
        event.preventDefault();
        studio.attempt(() => importFile(studio, file));
      }
    },
    { signal },
  );
  document.addEventListener(
    'paste',
    (event) => {
      const file = event.clipboardData?.files[0];
      if (file !== undefined) {
        event.preventDefault();
        studio.attempt(() => importFile(studio, file));
      }
    },
    { signal, capture: true },
  );
  return () => controller.abort();
}
