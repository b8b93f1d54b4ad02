import { describe, expect, it } from 'vitest';
import { rank } from '../../../renderer/ui/rank.ts';

const commands = ['Redo', 'Undo', 'Show the masks', 'Show the picture', 'Export masks as PNG', 'Zoom in'];
const found = (query: string): string[] => rank(query, commands, (text) => text);

describe('the search of the palette', () => {
  it('lists everything for an empty query', () => {
    expect(found('  ')).toEqual(commands);
  });

  it('needs every word, in any order and case', () => {
    expect(found('masks SHOW')).toEqual(['Show the masks']);
    expect(found('masks zoom')).toEqual([]);
  });

  it('puts the start of the line first', () => {
    expect(found('o')[0]).not.toBe('Undo');
    expect(found('do')).toEqual(['Redo', 'Undo']);
    expect(rank('un', ['Run', 'Undo'], (text) => text)).toEqual(['Undo', 'Run']);
  });
});
