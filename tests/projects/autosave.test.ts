import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Autosave } from '../../main/projects/autosave.ts';
import type { SaveState } from '../../preload/contract/project.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('Autosave', () => {
  it('writes only the last of many quick changes', async () => {
    const written: number[] = [];
    const states: string[] = [];
    const autosave = new Autosave<number>({
      write: async (value) => void written.push(value),
      onState: ({ state }) => states.push(state),
    });
    for (let value = 0; value < 10; value++) autosave.change(value);
    expect(autosave.dirty).toBe(true);
    await vi.advanceTimersByTimeAsync(300);
    expect(written).toEqual([9]);
    expect(states).toEqual(['pending', 'saved']);
    expect(autosave.dirty).toBe(false);
  });

  it('writes within a second even when changes never stop', async () => {
    const written: { value: number; at: number }[] = [];
    const start = Date.now();
    const autosave = new Autosave<number>({
      write: async (value) => void written.push({ value, at: Date.now() - start }),
    });
    for (let at = 0; at < 5000; at += 50) {
      autosave.change(at);
      await vi.advanceTimersByTimeAsync(50);
    }
    const gaps = written.map(({ at }, index) => at - (written[index - 1]?.at ?? 0));
    expect(written.length).toBeGreaterThanOrEqual(5);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1000);
  });

  it('never writes twice at the same time and ends with the last value', async () => {
    const written: number[] = [];
    let running = 0;
    let most = 0;
    const autosave = new Autosave<number>({
      write: async (value) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 900));
        running--;
        written.push(value);
      },
    });
    for (let value = 0; value < 20; value++) {
      autosave.change(value);
      await vi.advanceTimersByTimeAsync(260);
    }
    const flushed = Promise.all([autosave.flush(), autosave.flush()]);
    await vi.advanceTimersByTimeAsync(5000);
    await flushed;
    expect(most).toBe(1);
    expect(written.at(-1)).toBe(19);
    expect(autosave.dirty).toBe(false);
  });

  it('keeps the value of a failed write and tries again at the next flush', async () => {
    const states: SaveState[] = [];
    const written: string[] = [];
    let full = true;
    const autosave = new Autosave<string>({
      write: async (value) => {
        if (full) throw new Error('the disk is full');
        written.push(value);
      },
      onState: (state) => states.push(state),
    });
    autosave.change('one');
    await vi.advanceTimersByTimeAsync(1000);
    expect(states.at(-1)).toEqual({ state: 'failed', message: 'the disk is full' });
    expect(autosave.dirty).toBe(true);
    await expect(autosave.flush()).rejects.toThrow('the disk is full');
    full = false;
    await autosave.flush();
    expect(written).toEqual(['one']);
  });

  it('does not put an old value over a newer one when the old one failed', async () => {
    const written: string[] = [];
    const autosave = new Autosave<string>({
      write: async (value) => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        if (value === 'old') throw new Error('no');
        written.push(value);
      },
    });
    autosave.change('old');
    await vi.advanceTimersByTimeAsync(255);
    autosave.change('new');
    await vi.advanceTimersByTimeAsync(2000);
    expect(written).toEqual(['new']);
    expect(autosave.dirty).toBe(false);
  });

  it('tries a failed write again by itself, less and less often, until it succeeds', async () => {
    const tries: number[] = [];
    const start = Date.now();
    let full = true;
    const states: string[] = [];
    const autosave = new Autosave<string>({
      write: async () => {
        tries.push(Math.round((Date.now() - start) / 1000));
        if (full) throw new Error('the disk is full');
      },
      onState: ({ state }) => states.push(state),
    });
    autosave.change('one');
    await vi.advanceTimersByTimeAsync(100_000);
    expect(tries).toEqual([0, 2, 6, 14, 30, 60, 90]);
    full = false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(states.at(-1)).toBe('saved');
    expect(autosave.dirty).toBe(false);
    const { length } = tries;
    await vi.advanceTimersByTimeAsync(100_000);
    expect(tries).toHaveLength(length);
  });
});
