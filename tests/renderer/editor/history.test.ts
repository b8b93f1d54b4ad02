import { describe, expect, it } from 'vitest';
import { History } from '../../../renderer/editor/history.ts';

const history = (): History<string> => new History('a', (x, y) => x === y);

describe('History', () => {
  it('makes one step of everything between mark and commit', () => {
    const h = history();
    const mark = h.mark('drag');
    h.set('b');
    h.set('c');
    expect(h.settled).toBe('a');
    expect(h.commit(mark)).toBe(true);
    expect(h.steps).toBe(1);
    expect(h.undo()).toBe('a');
    expect(h.redo()).toBe('c');
  });

  it('bails to a mark with what could be redone still there', () => {
    const h = history();
    const first = h.mark('one');
    h.set('b');
    h.commit(first);
    h.undo();
    const mark = h.mark('two');
    h.set('x');
    h.bailToMark(mark);
    expect(h.present).toBe('a');
    expect(h.redoLabel).toBe('one');
    expect(h.redo()).toBe('b');
  });

  it('makes no step of a change that comes back to where it was', () => {
    const h = history();
    const mark = h.mark('drag');
    h.set('b');
    h.set('a');
    expect(h.commit(mark)).toBe(false);
    expect(h.undoLabel).toBeNull();
  });

  it('lets the outermost mark decide, and ends the marks inside it', () => {
    const h = history();
    const outer = h.mark('outer');
    h.set('b');
    const inner = h.mark('inner');
    h.set('c');
    expect(h.commit(inner)).toBe(false);
    const lost = h.mark('lost');
    h.set('d');
    h.bailToMark(lost);
    expect(h.present).toBe('c');
    expect(h.commit(outer)).toBe(true);
    expect(h.undoLabel).toBe('outer');
    h.bailToMark(inner);
    expect(h.present).toBe('c');
  });

  it('does not travel while a step is being made', () => {
    const h = history();
    const mark = h.mark('drag');
    h.set('b');
    expect(h.undo()).toBeNull();
    expect(h.redo()).toBeNull();
    expect(h.present).toBe('b');
    h.bailToMark(mark);
  });

  it('has no limit', () => {
    const h = new History(0, (x, y) => x === y);
    for (let n = 1; n <= 20_000; n += 1) {
      const mark = h.mark('n');
      h.set(n);
      h.commit(mark);
    }
    for (let n = 19_999; n >= 0; n -= 1) {
      expect(h.undo()).toBe(n);
    }
  });
});
