import { describe, expect, it } from 'vitest';
import { sourceSchema } from '../../../preload/contract/source.ts';
import { removeBoxes, setHidden, updateSettings } from '../../../renderer/editor/document.ts';
import { documentToRequest, requestProblems, requestToDocument } from '../../../renderer/editor/layoutIO.ts';
import { nothingToRepaint, requestSource, setSource } from '../../../renderer/editor/source.ts';
import { boxOf, documentOf } from './helpers.ts';

const document = documentOf([], {
  boxes: [
    boxOf(0, [0, 0, 0.5, 0.5], { phrase: 'dog' }),
    boxOf(1, [0.25, 0.25, 0.75, 0.75], { phrase: 'sheep' }),
  ],
});
const image = 'ab'.repeat(32);
const repaint = sourceSchema.parse({ image, denoise: 1, repaint: { boxes: ['box-1', 'box-2'] } });
const masks = [{ size: [2, 2] as [number, number], counts: '04' }];

describe('the source picture of a document', () => {
  it('is set, changed and removed, and nothing else changes', () => {
    const varied = setSource(document, sourceSchema.parse({ image }));
    expect(varied.settings.source).toEqual({ image, denoise: 0.6, repaint: null });
    expect(setSource(varied, repaint).settings.source).toEqual(repaint);
    expect(setSource(varied, null)).toEqual(document);
    expect(Object.keys(setSource(varied, null).settings)).not.toContain('source');
  });

  it('is in the request and comes back from it', () => {
    const plain = documentToRequest(document);
    expect(plain.ok && Object.keys(plain.value)).not.toContain('source');
    const outcome = documentToRequest(setSource(document, repaint));
    if (!outcome.ok) throw new Error(outcome.message.key);
    expect(outcome.value.source).toEqual(repaint);
    expect(requestToDocument(outcome.value, document).settings.source).toEqual(repaint);
    const other = updateSettings(setSource(document, repaint), { steps: 7 });
    expect(other.settings.source).toEqual(repaint);
  });

  it('repaints only boxes that the request has', () => {
    const hidden = setHidden(setSource(document, repaint), ['box-1'], true);
    expect(requestSource(hidden)?.repaint?.boxes).toEqual(['box-2']);
    const gone = removeBoxes(setSource(document, repaint), ['box-1', 'box-2']);
    expect(nothingToRepaint(gone)).toBe(true);
    expect(requestProblems(gone).map(({ key }) => key)).toContain('problem.nothingToRepaint');
    // What was there can still be painted over.
    const mask = { ...repaint, repaint: { boxes: ['box-1'], masks, grow: 2 } };
    const over = removeBoxes(setSource(document, mask), ['box-1']);
    expect(nothingToRepaint(over)).toBe(false);
    const outcome = documentToRequest(over);
    expect(outcome.ok && outcome.value.source?.repaint).toEqual({ boxes: [], masks, grow: 2 });
  });
});
