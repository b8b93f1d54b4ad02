import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { updateSettings } from '../../../renderer/editor/document.ts';
import { Editor } from '../../../renderer/editor/editor.ts';
import {
  phrasePair,
  similarityOf,
  unknownPhrases,
  wordSimilarity,
} from '../../../renderer/editor/hardness.ts';
import { hardnessLevel } from '../../../renderer/run/hardnessLevel.ts';
import { Likeness } from '../../../renderer/run/likeness.ts';
import { createStudioStore } from '../../../renderer/ui/state.ts';
import type { Studio } from '../../../renderer/ui/studio.ts';
import { boxOf, documentOf } from '../editor/helpers.ts';

const pair = documentOf([], {
  boxes: [
    boxOf(0, [0, 0, 0.6, 1], { phrase: 'dog' }),
    boxOf(1, [0.4, 0, 1, 1], { phrase: 'sheep' }),
    boxOf(2, [0, 0, 0.1, 0.1], { phrase: '' }),
    boxOf(3, [0.2, 0.2, 0.3, 0.3], { phrase: 'dog' }),
  ],
});

describe('likeness of phrases', () => {
  it('is wanted for different phrases of overlapping boxes only', () => {
    expect(unknownPhrases(pair, new Map())).toEqual(['dog', 'sheep']);
    expect(unknownPhrases(pair, new Map([[phrasePair('sheep', 'dog'), 0.8]]))).toEqual([]);
  });

  it('is the model’s where that is known, the words’ otherwise', () => {
    const known = similarityOf(new Map([[phrasePair('dog', 'sheep'), 0.83]]));
    expect(known('sheep', ' dog')).toBe(0.83);
    expect(known('dog', 'cat')).toBe(wordSimilarity('dog', 'cat'));
  });

  it('makes the three levels of the bench', () => {
    expect([0, 0.125, 0.127, 0.406, 0.41, 3].map(hardnessLevel)).toEqual([1, 1, 2, 2, 3, 3]);
  });
});

describe('asking for it', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  type Answer = number[][] | null;

  function page(answer: () => Promise<Answer>): {
    studio: Pick<Studio, 'api' | 'editor' | 'store'>;
    call: ReturnType<typeof vi.fn>;
  } {
    const call = vi.fn(answer);
    const api = { call } as unknown as Studio['api'];
    const studio = { api, editor: new Editor({ document: pair }), store: createStudioStore() };
    new Likeness(studio).watch();
    studio.store.setState({ boot: 'open', connection: 'connected' });
    return { studio, call };
  }

  const cosines = (): Promise<Answer> => Promise.resolve([[1, 0.9], [0.9, 1]]); // prettier-ignore
  const job = { id: 'j' } as unknown as Studio['state']['jobs'][number];
  const wait = (): Promise<unknown> => vi.advanceTimersByTimeAsync(700);

  it('happens once, after a pause, and the answer takes the words’ place', async () => {
    const { studio, call } = page(cosines);
    expect(call).not.toHaveBeenCalled();
    await wait();
    const { model, device } = pair.settings;
    expect(call.mock.calls).toEqual([['phrases.compare', { model, device, phrases: ['dog', 'sheep'] }]]);
    expect(studio.store.getState().cosines.get(phrasePair('dog', 'sheep'))).toBe(0.9);
    studio.store.setState({ announcement: 'something else' });
    await wait();
    expect(call).toHaveBeenCalledTimes(1);
  });

  it('waits until nothing runs, and is not repeated in vain before a job has ended', async () => {
    const { studio, call } = page(() => Promise.resolve(null));
    studio.store.setState({ jobs: [job] });
    await wait();
    expect(call).not.toHaveBeenCalled();
    studio.store.setState({ jobs: [] });
    await wait();
    expect(call).toHaveBeenCalledTimes(1);
    studio.store.setState({ announcement: 'x' });
    studio.editor.select(['box-1']);
    await wait();
    expect(call).toHaveBeenCalledTimes(1);
    studio.store.setState({ jobs: [job] });
    studio.store.setState({ jobs: [] });
    await wait();
    expect(call).toHaveBeenCalledTimes(2);
  });

  it('begins anew with another model', async () => {
    const { studio, call } = page(cosines);
    await wait();
    studio.editor.edit('step.settings', (document) => updateSettings(document, { model: 'other' }));
    expect(studio.store.getState().cosines.size).toBe(0);
    await wait();
    expect(call.mock.calls.at(-1)?.[1]).toMatchObject({ model: 'other' });
  });

  it('does not happen while a phrase is being typed', async () => {
    const { studio, call } = page(cosines);
    studio.editor.startEditing('box-1');
    studio.editor.typePhrase('do');
    await wait();
    expect(call).not.toHaveBeenCalled();
    studio.editor.stopEditing('keep');
    await wait();
    expect(call).toHaveBeenCalledTimes(1);
  });
});
