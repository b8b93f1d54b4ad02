import { describe, expect, it } from 'vitest';
import { requestSchema } from '../../../preload/contract/request.ts';
import type { GenerationResult } from '../../../preload/contract/result.ts';
import { emptyDocument, setCaption } from '../../../renderer/editor/document.ts';
import { Editor } from '../../../renderer/editor/editor.ts';
import { suggestedInstances, turnMasksIntoBoxes } from '../../../renderer/run/bornLayout.ts';
import { createStudioStore } from '../../../renderer/ui/state.ts';
import type { Studio } from '../../../renderer/ui/studio.ts';

const request = requestSchema.parse({
  version: 1, model: 'm', width: 64, height: 64, caption: 'two dogs', seed: 1, boxes: [],
  instances: [{ phrase: 'dog', count: 2 }],
}); // prettier-ignore
const mask = {
  phrase: 'dog',
  area: 1,
  rle: { size: [64, 64] as [number, number], counts: '' },
  boxIou: null,
};
const result: GenerationResult = {
  version: 1, request, model: { id: 'm', name: 'm', sha256: '' }, device: 'cpu', versions: {}, seconds: {}, runs: {},
  losses: [], maskOverlap: null, warnings: [],
  boxes: [{ ...mask, id: 'instance-1', bbox: [0, 0, 32, 64] }, { ...mask, id: 'instance-2', bbox: [32, 16, 32, 32] }],
}; // prettier-ignore

function studioShowing(shown: string | null): Studio {
  const store = createStudioStore();
  const view = { id: 'r', result, image: null, masks: [], trace: null, changed: [] };
  store.setState({ shown, loaded: { r: { view, trace: null } } });
  const editor = new Editor({ document: emptyDocument('m', { width: 64, height: 64 }) });
  return { store, editor, state: store.getState() } as unknown as Studio;
}

describe('a layout born from a prompt', () => {
  it('is offered for the shown result while the canvas is empty, and made in one step', () => {
    const studio = studioShowing('r');
    studio.editor.edit('step.caption', (document) => setCaption(document, 'two dogs'));
    expect(suggestedInstances(studio)).toHaveLength(2);
    turnMasksIntoBoxes(studio);
    const { document, selection, undoLabel } = studio.editor.getSnapshot();
    expect(document.boxes.map(({ phrase, box }) => [phrase, box])).toEqual([
      ['dog', [0, 0, 0.5, 1]],
      ['dog', [0.5, 0.25, 1, 0.75]],
    ]);
    expect([selection, undoLabel]).toEqual([['instance-1', 'instance-2'], 'step.masksToBoxes']);
    expect(suggestedInstances(studio)).toEqual([]);
    turnMasksIntoBoxes(studio);
    expect(studio.editor.getSnapshot().document.boxes).toHaveLength(2);
    studio.editor.undo();
    expect(studio.editor.getSnapshot().document.boxes).toEqual([]);
    expect(suggestedInstances(studio)).toHaveLength(2);
  });

  it('is not offered without a result', () => {
    expect(suggestedInstances(studioShowing(null))).toEqual([]);
  });
});
