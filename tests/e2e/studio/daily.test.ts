import { readFile } from 'node:fs/promises';
import { decode } from 'fast-png';
import type { DecodedPng } from 'fast-png';
import { afterEach, expect, it } from 'vitest';
import { describeInStudio } from './inStudio.ts';
import type { OpenOptions, StudioPage } from './studioPage.ts';

/** Red, green and blue of a decoded picture at a place in shares of it. */
function colourAt(picture: DecodedPng, x: number, y: number): number[] {
  const at =
    picture.channels *
    (Math.floor(y * picture.height) * picture.width +
      Math.min(picture.width - 1, Math.floor(x * picture.width)));
  return Array.from(picture.data.slice(at, at + 3));
}

const difference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? 0))));

describeInStudio('daily use', 'the studio for daily use, end to end', 180_000, (inStudio) => {
  const pages: StudioPage[] = [];

  const open = async (options?: OpenOptions): Promise<StudioPage> => {
    const page = await inStudio.open(options);
    pages.push(page);
    await page.ready();
    return page;
  };

  afterEach(async () => {
    for (const page of pages.splice(0)) {
      await page.context.close();
      expect(page.errors).toEqual([]);
    }
  });

  /** Where a place of the image is on the page; the image is fitted. */
  const place = async (studio: StudioPage, x: number, y: number): Promise<[number, number]> => {
    const canvas = await studio.page.locator('.layout-canvas').boundingBox();
    if (canvas === null) throw new Error('There is no canvas.');
    const side = Math.min(canvas.width, canvas.height) - 64;
    return [
      canvas.x + (canvas.width - side) / 2 + x * side,
      canvas.y + (canvas.height - side) / 2 + y * side,
    ];
  };

  /** A new project with one box that has a phrase. */
  const withBox = async (studio: StudioPage, phrase: string): Promise<void> => {
    const { page } = studio;
    await page.keyboard.press('Control+Alt+N');
    await page.getByText('No boxes yet').waitFor();
    await page.locator('.layout-canvas').focus();
    await page.keyboard.press('d');
    await studio.drag([0.1, 0.1], [0.7, 0.7]);
    await page.keyboard.type(phrase);
    await page.keyboard.press('Enter');
    await studio.setNumber('Steps', 2);
  };

  const seeds = async (studio: StudioPage): Promise<string[]> => {
    const labels = await studio.page.evaluate<string[]>(
      `[...document.querySelectorAll('.result__pick')].map((one) => one.ariaLabel)`,
    );
    return labels.map((label) => /Seed (\d+)/.exec(label)?.[1] ?? '');
  };

  it('shows the picture in its own colours first, tints what is pointed at, and remembers the view', async () => {
    const studio = await open();
    const { page } = studio;
    await studio.setNumber('Steps', 4);
    await page.keyboard.press('Control+Enter');
    await studio.waitForResults(1);
    await studio.waitForIdle();
    await page.getByText('final', { exact: true }).waitFor();
    expect(await page.getByRole('radio', { name: 'Image' }).isChecked()).toBe(true);
    await page.mouse.move(5, 5);
    await page.waitForTimeout(300);
    const picture = decode(await studio.newestImage());
    const [left, top] = await place(studio, 0, 0);
    const [right, bottom] = await place(studio, 1, 1);
    const clip = { x: left, y: top, width: right - left, height: bottom - top };
    const seen = decode(await page.screenshot({ clip }));
    // What differs lies under outlines, frames and labels, which are thin: not under a tint.
    const places = Array.from({ length: 400 }, (_, i) => [
      ((i % 20) + 0.5) / 20,
      (Math.floor(i / 20) + 0.5) / 20,
    ]);
    const otherwise = places.filter(
      ([x = 0, y = 0]) => difference(colourAt(seen, x, y), colourAt(picture, x, y)) > 40,
    );
    expect(otherwise.length / places.length).toBeLessThan(0.2);

    // The mask under the pointer, and only it, is tinted.
    const box = await page.locator('.layer__phrase').first().boundingBox();
    if (box === null) throw new Error('There is no layer.');
    await page.mouse.move(box.x + 5, box.y + 5);
    await page.waitForTimeout(300);
    const tinted = decode(await page.screenshot({ clip }));
    const changed = places.filter(
      ([x = 0, y = 0]) => difference(colourAt(tinted, x, y), colourAt(seen, x, y)) > 10,
    );
    expect(changed.length).toBeGreaterThan(4);

    await page.getByRole('radio', { name: 'Masks' }).check({ force: true });
    await page.waitForTimeout(500);
    await page.reload();
    await studio.ready();
    await page.getByText('final', { exact: true }).waitFor();
    expect(await page.getByRole('radio', { name: 'Masks' }).isChecked()).toBe(true);
    await page.getByRole('radio', { name: 'Image' }).check({ force: true });
    await page.waitForTimeout(500);
  });

  it('draws with the draw tool wherever the drag begins, and moves with the select tool', async () => {
    const studio = await open();
    const { page } = studio;
    await withBox(studio, 'dog');
    await page.locator('.layout-canvas').focus();
    await studio.drag([0.3, 0.3], [0.9, 0.9]);
    await page.keyboard.type('sheep');
    await page.keyboard.press('Enter');
    expect(await studio.layers()).toEqual(['sheep', 'dog']);
    // From a corner of the selected box as well.
    await studio.drag([0.9, 0.9], [0.5, 0.6]);
    await page.keyboard.type('bird');
    await page.keyboard.press('Enter');
    expect(await studio.layers()).toEqual(['bird', 'sheep', 'dog']);
    await page.keyboard.press('v');
    await studio.drag([0.6, 0.7], [0.5, 0.5]);
    expect(await studio.layers()).toEqual(['bird', 'sheep', 'dog']);
    await studio.saved();
  });

  it('is read-only at once where a project was taken to another tab, and what is there can be kept', async () => {
    const first = await open();
    await withBox(first, 'red apple');
    await first.saved();
    const name = await first.page.locator('.project__name').inputValue();
    const second = await open();
    await second.page.keyboard.press('Control+O');
    await second.page.locator('button.row', { hasText: name }).first().click();
    await second.page.getByRole('button', { name: 'Open it here' }).click();
    await second.until(`document.querySelector('.project__name').value === ${JSON.stringify(name)}`);
    expect(await second.layers()).toEqual(['red apple']);
    expect(await second.page.getByText(/not closed properly/).count()).toBe(0);

    const banner = first.page.locator('.banner--warn');
    await banner.waitFor();
    expect(await first.page.locator('.project__save').textContent()).toBe('Read only');
    await first.page.locator('.layout-canvas').focus();
    await first.drag([0.2, 0.75], [0.6, 0.95]);
    await first.page.keyboard.press('Delete');
    expect(await first.layers()).toEqual(['red apple']);
    expect(await first.page.getByText('Saving…').count()).toBe(0);

    await second.page.locator('.layout-canvas').focus();
    await second.page.keyboard.press('d');
    await second.drag([0.2, 0.75], [0.6, 0.95]);
    await second.page.keyboard.type('pear');
    await second.page.keyboard.press('Enter');
    await second.saved();
    await second.page.reload();
    await second.ready();
    expect(await second.layers()).toEqual(['pear', 'red apple']);

    await banner.getByRole('button', { name: 'Keep this layout as a new project' }).click();
    await first.until(`document.querySelector('.project__name').value !== ${JSON.stringify(name)}`);
    expect(await first.layers()).toEqual(['red apple']);
    await first.drag([0.2, 0.75], [0.6, 0.95]);
    await first.page.keyboard.type('plum');
    await first.page.keyboard.press('Enter');
    expect(await first.layers()).toEqual(['plum', 'red apple']);
    await first.saved();
    await first.page.reload();
    await first.ready();
    expect(await first.layers()).toEqual(['plum', 'red apple']);
  });

  it('keeps a caption made and colours chosen through the history and a dropped PNG', async () => {
    const studio = await open();
    const { page } = studio;
    await withBox(studio, 'red apple');
    await page
      .getByRole('button', { name: /colou?r.*red apple|red apple.*colou?r/i })
      .first()
      .click();
    await page.getByRole('radio', { name: 'Colour 5' }).click();
    const swatch = (): Promise<string> =>
      page.evaluate<string>(`document.querySelector('[data-row]').style.getPropertyValue('--box')`);
    const colour = await swatch();
    await page.keyboard.press('Control+Enter');
    await studio.waitForResults(1);
    await studio.waitForIdle();
    const downloaded = page.waitForEvent('download');
    await page.keyboard.press('Control+E');
    const png = await readFile(await (await downloaded).path());

    const follows = async (): Promise<void> => {
      expect(await studio.caption.inputValue()).toBe('a red apple');
      expect(await swatch()).toBe(colour);
      await page.locator('.layer__phrase').first().dblclick();
      await page.keyboard.press('Control+A');
      await page.keyboard.type('blue fish');
      await page.keyboard.press('Enter');
      expect(await studio.caption.inputValue()).toBe('a blue fish');
    };
    await follows();
    await studio.results.first().dblclick();
    await studio.until(`document.querySelector('.layer__phrase').textContent === 'red apple'`);
    await follows();
    await page.keyboard.press('Control+Alt+N');
    await page.getByText('No boxes yet').waitFor();
    await studio.drop(png, 'apple.png', 'image/png');
    await studio.until(`document.querySelectorAll('.layer__phrase').length === 1`);
    await follows();
  });

  it('takes the next seed by itself, and says so when a picture is asked for that is there already', async () => {
    const studio = await open();
    const { page } = studio;
    await withBox(studio, 'dog');
    for (const count of [1, 2]) {
      await page.keyboard.press('Control+Enter');
      await studio.waitForResults(count);
      await studio.waitForIdle();
    }
    const [second, first] = await seeds(studio);
    expect(Number(second)).toBe(Number(first) + 1);
    await page.getByRole('radio', { name: 'Keep' }).check({ force: true });
    await page.keyboard.press('Control+Enter');
    const toast = page.locator('.toast', { hasText: 'Same request, same picture' });
    await toast.waitFor();
    await studio.waitForIdle();
    expect(await studio.results.count()).toBe(2);
    await toast.getByRole('button', { name: 'Next seed' }).click();
    await studio.waitForResults(3);
    expect(new Set(await seeds(studio)).size).toBe(3);
    // On purpose it still runs: another version or other weights may have come.
    await studio.waitForIdle();
    await page.keyboard.press('Control+Enter');
    await toast.getByRole('button', { name: 'Run it again' }).click();
    await studio.waitForResults(4);
  });

  // Stops at the arrow keys after a click in the list (issue 16, A16), which is not built.
  it.skip('answers keys and clicks as every canvas tool does, wherever the last click was', async () => {
    const studio = await open();
    const { page } = studio;
    await withBox(studio, 'dog');
    const shows = (name: string): Promise<boolean> =>
      page.getByRole('radio', { name, exact: true }).isChecked();
    // Ctrl+Enter runs from the list of boxes, too, and the view's keys work after a click on a thumbnail or an option.
    await page.getByRole('button', { name: 'Colour of dog' }).focus();
    await page.keyboard.press('Control+Enter');
    await studio.waitForResults(1);
    await studio.waitForIdle();
    await studio.results.first().click();
    await page.keyboard.press('Alt+3');
    expect(await shows('Masks')).toBe(true);
    await page.getByRole('radio', { name: 'Layout' }).focus();
    await page.keyboard.press('Alt+2');
    expect(await shows('Image')).toBe(true);

    // A new box by the keyboard alone; its phrase is asked for, and a click on the sentence that misses it leads there.
    await studio.results.first().focus();
    await page.keyboard.press('i');
    await page.keyboard.press('Escape');
    expect((await studio.layers()).length).toBe(2);
    await page.getByRole('button', { name: /^One box has no phrase/ }).click();
    await page.keyboard.type('red balloon');
    await page.keyboard.press('Enter');
    expect(await studio.layers()).toEqual(['red balloon', 'dog']);

    // Arrows nudge after a click in the list: a step that one undo takes back.
    const undone = (): Promise<unknown> => page.keyboard.press('Control+Z');
    const dog = (): Promise<unknown> => page.getByRole('textbox', { name: 'X', exact: true }).inputValue();
    await page.locator('.layer__phrase', { hasText: 'dog' }).click();
    const before = await dog();
    await page.keyboard.press('ArrowRight');
    await page.waitForTimeout(300);
    expect(Number(await dog())).toBe(Number(before) + 1);
    await undone();
    await page.waitForTimeout(300);
    expect(await dog()).toBe(before);
    const x = page.getByRole('textbox', { name: 'X', exact: true });
    await x.fill('3');
    await x.press('Enter');
    await page.waitForTimeout(300);
    expect(await dog()).toBe('3');

    // What is typed into the caption is one step.
    const caption = await studio.caption.inputValue();
    await studio.caption.focus();
    await page.keyboard.type(' on a hill');
    await undone();
    expect(await studio.caption.inputValue()).toBe(caption);

    await studio.setNumber('Steps', 9999);
    await page.getByText('Steps goes from 1 to 1000: 1000 is set.').waitFor();
    expect(await studio.setting('Steps').inputValue()).toBe('1000');
    await studio.setting('Strength').fill('0,05');
    await studio.setting('Strength').blur();
    expect(await studio.setting('Strength').inputValue()).toBe('0.05');
    await studio.setting('Seed').fill('-1');
    await studio.setting('Seed').blur();
    await page.getByText(/^Seed \d+ was drawn/).waitFor();

    await studio.results.first().click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Delete' }).waitFor();
    await page.keyboard.press('Escape');
    await studio.results.first().focus();
    await page.keyboard.press('Delete');
    await studio.until(`document.querySelectorAll('.result__pick').length === 0`);
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await studio.waitForResults(1);
    expect(await studio.axe()).toEqual([]);
  });
});
