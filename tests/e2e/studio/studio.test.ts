import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterEach, expect, it } from 'vitest';
import { describeInStudio } from './inStudio.ts';
import type { OpenOptions, StudioPage } from './studioPage.ts';

describeInStudio('the studio', 'the studio in a browser, end to end', 180_000, (inStudio) => {
  const { server } = inStudio;
  const pages: StudioPage[] = [];

  const open = async (options?: OpenOptions): Promise<StudioPage> => {
    const page = await inStudio.open(options);
    pages.push(page);
    return page;
  };

  afterEach(async () => {
    for (const page of pages.splice(0)) {
      await page.context.close();
      expect(page.errors).toEqual([]);
    }
  });

  it('goes from the first start to a finished picture, and the hint never comes back', async () => {
    const studio = await open();
    const { page } = studio;
    await studio.ready();
    expect((await studio.layers()).length).toBeGreaterThan(1);
    await studio.setNumber('Steps', 4);
    await page.keyboard.press('Control+Enter');
    await studio.waitForStep();
    // The canvas stays free while it runs.
    await page.keyboard.press('Control+K');
    await page.getByRole('combobox').fill('fit the image');
    await page.keyboard.press('Enter');
    await studio.waitForResults(1);
    const picture = decode(await studio.newestImage());
    expect(picture.width).toBe(128);
    expect(new Set(picture.data).size).toBeGreaterThan(20);
    await page.getByText('ISAC-LO').first().waitFor();
    await page.getByRole('button', { name: 'Got it' }).click();
    expect(await page.getByText('Three steps').count()).toBe(0);
    await studio.saved();
    await page.reload();
    await studio.ready();
    expect(await page.getByText('Three steps').count()).toBe(0);
    expect(await studio.results.count()).toBe(1);
  });

  it('draws, edits and takes back', async () => {
    const studio = await open();
    const { page } = studio;
    await studio.ready();
    const before = { layers: await studio.layers(), caption: await studio.caption.inputValue() };
    await page.locator('.layout-canvas').focus();
    await page.keyboard.press('d');
    await studio.drag([0.02, 0.02], [0.3, 0.2]);
    await page.keyboard.type('red balloon');
    await page.keyboard.press('Enter');
    expect(await studio.layers()).toEqual(['red balloon', ...before.layers]);
    expect(await studio.caption.inputValue()).toContain('a red balloon');
    // A caption of one's own stays, until it is made again.
    await studio.caption.fill('a red balloon over a meadow');
    await studio.caption.blur();
    await page.getByRole('button', { name: 'From boxes' }).click();
    expect(await studio.caption.inputValue()).toContain('and a red balloon');
    await page.locator('.layout-canvas').focus();
    for (let step = 0; step < 10 && (await studio.layers()).length > before.layers.length; step += 1) {
      await page.keyboard.press('Control+Z');
    }
    expect(await studio.layers()).toEqual(before.layers);
    expect(await studio.caption.inputValue()).toBe(before.caption);
    await studio.saved();
  });

  it('cancels in the middle of a run and runs again', async () => {
    const studio = await open();
    const { page } = studio;
    await studio.ready();
    const before = await studio.results.count();
    await studio.setNumber('Steps', 200);
    await page.keyboard.press('Control+Enter');
    await studio.waitForStep();
    const pressed = Date.now();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await studio.waitForIdle();
    // Far sooner than 200 steps could be: it really stopped.
    expect(Date.now() - pressed).toBeLessThan(30_000);
    expect(await studio.results.count()).toBe(before);
    await studio.setNumber('Steps', 2);
    await page.keyboard.press('Control+Enter');
    await studio.waitForResults(before + 1);
  });

  it('says so when the engine dies in the middle of a run, and tries again', async () => {
    const studio = await open();
    const { page } = studio;
    await studio.ready();
    const before = await studio.results.count();
    await studio.setNumber('Steps', 6);
    await page.keyboard.press('Control+Enter');
    await studio.waitForStep();
    const engines = server.engines();
    expect(engines.length).toBeGreaterThan(0);
    for (const pid of engines) process.kill(pid, 'SIGKILL');
    const banner = page.locator('.banner--danger');
    await banner.waitFor();
    expect((await banner.locator('.banner__text').textContent())?.length).toBeGreaterThan(20);
    // Drawing goes on as if nothing had happened.
    expect((await studio.layers()).length).toBeGreaterThan(1);
    await banner.getByRole('button', { name: 'Try again', exact: true }).click();
    await studio.waitForStep();
    // It dies again: the same run, with one change that makes it need less.
    for (const pid of server.engines()) process.kill(pid, 'SIGKILL');
    await banner.getByRole('button', { name: 'Try again at 96 × 96' }).click();
    await page.getByText('Try again at 96 × 96: it is in the queue').waitFor();
    await studio.waitForResults(before + 1);
    expect(await banner.count()).toBe(0);
    expect(decode(await studio.newestImage()).width).toBe(96);
  });

  it('exports a PNG that brings back its layout and makes the same picture bit by bit', async () => {
    const studio = await open();
    const { page } = studio;
    await studio.ready();
    const layers = await studio.layers();
    await studio.results.first().click();
    await page.keyboard.press('Escape');
    const first = decode(await studio.newestImage());
    const downloaded = page.waitForEvent('download');
    await page.keyboard.press('Control+E');
    const png = await readFile(await (await downloaded).path());
    await page.getByRole('menuitem', { name: 'File' }).click();
    await page.getByRole('menuitem', { name: 'New project' }).click();
    await page.getByText('No boxes yet').waitFor();
    await studio.drop(png, 'shared.png', 'image/png');
    await studio.until(`document.querySelectorAll('.layer__phrase').length === ${layers.length}`);
    expect(await studio.layers()).toEqual(layers);
    await page.keyboard.press('Control+Enter');
    await studio.waitForResults(1);
    const again = decode(await studio.newestImage());
    expect(again.data).toEqual(first.data);
    // Back to the example for the tests after this one.
    await page.keyboard.press('Control+O');
    await page.locator('button.row', { hasText: 'Example' }).first().click();
    await studio.until(`document.querySelectorAll('.result__pick').length > 1`);
  });

  it('replays the steps, compares with the run without ISAC, varies, deletes and takes back', async () => {
    const studio = await open();
    const { page } = studio;
    await studio.ready();
    const before = await studio.results.count();
    await studio.setNumber('Steps', 3);
    await page.keyboard.press('Control+Enter');
    await studio.waitForResults(before + 1);
    await page.getByText('final', { exact: true }).waitFor();
    const scrubber = page.getByRole('slider', { name: 'Replay the steps' });
    await studio.until(`document.querySelector('.scrub input').max === '3'`);
    await scrubber.fill('1');
    await page.getByText('2 / 3', { exact: true }).waitFor();
    // Made on demand, with the same seed; the slider opens by itself.
    await page.keyboard.press('Control+J');
    await page.locator('.compare').waitFor({ timeout: 120_000 });
    expect(await page.locator('.compare__tag').allTextContents()).toEqual([
      expect.stringContaining('ISAC-LO'),
      expect.stringContaining('Without ISAC'),
    ]);
    await page.getByRole('slider', { name: /^Divider between/ }).fill('0.25');
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Compare their settings' }).click();
    expect(await page.locator('.diff tbody th').allTextContents()).toEqual(['ISAC']);
    await page.keyboard.press('Escape');
    // Variations stand in a grid and wait in the queue.
    await page.getByRole('button', { name: 'More variations' }).click();
    await page.keyboard.press('Control+Enter');
    await page.locator('.grid-view__cell').nth(1).waitFor();
    await studio.waitForResults(before + 4);
    await page.locator('.grid-view__cell').nth(1).click();
    await page.locator('.grid-view').waitFor({ state: 'detached' });
    // Deleted, and back.
    await page
      .getByRole('button', { name: /^Actions for/ })
      .first()
      .click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await studio.until(`document.querySelectorAll('.result__pick').length === ${before + 3}`);
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await studio.waitForResults(before + 4);
    await studio.saved();
  });

  it('drags 200 boxes without holding up the page', async () => {
    const studio = await open();
    const { page } = studio;
    await studio.ready();
    await page.keyboard.press('Control+Alt+N');
    await page.getByText('No boxes yet').waitFor();
    await page.locator('.layout-canvas').focus();
    await page.keyboard.press('d');
    await studio.drag([0.3, 0.3], [0.4, 0.4]);
    await page.keyboard.type('bird');
    await page.keyboard.press('Enter');
    for (let boxes = 1; boxes < 200; boxes *= 2) {
      await page.keyboard.press('Control+A');
      await page.keyboard.press('Control+D');
    }
    expect((await studio.layers()).length).toBe(256);
    await page.keyboard.press('v');
    // The page's own work: events with what React makes of them, and animation frames with what the canvas draws.
    await page.evaluate(`{
      window.events = [];
      window.frames = [];
      const { port1, port2 } = new MessageChannel();
      let started = 0;
      port1.onmessage = () => window.events.push(performance.now() - started);
      window.addEventListener('pointermove', () => { started = performance.now(); port2.postMessage(null); }, true);
      const request = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = (work) => request((time) => {
        const start = performance.now();
        work(time);
        window.frames.push(performance.now() - start);
      });
    }`);
    await page.keyboard.press('Control+A');
    await studio.drag([0.35, 0.35], [0.5, 0.5]);
    const median = (values: number[]): number =>
      values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
    const events = await page.evaluate<number[]>('window.events');
    const frames = await page.evaluate<number[]>('window.frames');
    const work = median(events) + median(frames);
    console.log(`256 boxes: ${work.toFixed(1)} ms of work per frame of a drag (${frames.length} frames)`);
    expect(Math.min(events.length, frames.length)).toBeGreaterThan(4);
    expect(work).toBeLessThan(16.7);
    await page.keyboard.press('Control+O');
    await page.locator('button.row', { hasText: 'Example' }).first().click();
    await studio.results.first().waitFor();
  });

  it('works by keyboard alone', async () => {
    const studio = await open();
    const { page } = studio;
    await studio.ready();
    const before = await studio.layers();
    const results = await studio.results.count();
    // Tab reaches the list of boxes.
    for (let press = 0; press < 40; press += 1) {
      await page.keyboard.press('Tab');
      if (await studio.onRow()) break;
    }
    expect(await studio.onRow()).toBe(true);
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.keyboard.type('black cat');
    await page.keyboard.press('Enter');
    expect((await studio.layers())[0]).toBe('black cat');
    await studio.waitForRow();
    await page.keyboard.press('Alt+ArrowDown');
    expect((await studio.layers())[1]).toBe('black cat');
    expect(await page.locator('[role="status"]').allTextContents()).toEqual(
      expect.arrayContaining([expect.stringContaining('black cat is now number 2')]),
    );
    await studio.waitForRow();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('row', { name: /black cat, locked/ }).count()).toBe(1);
    // Every command is in the palette.
    await page.keyboard.press('Control+K');
    await page.keyboard.type('undo');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('row', { name: /locked/ }).count()).toBe(0);
    // Menus by arrows.
    await page.getByRole('menuitem', { name: 'File' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect((await studio.layers())[0]).toBe('black cat');
    await page.keyboard.press('Control+Z');
    expect(await studio.layers()).toEqual(before);
    await page.keyboard.press('Control+Enter');
    await studio.waitForResults(results + 1);
    await page.keyboard.press('Control+K');
    await page.keyboard.type('show the masks');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('radio', { name: 'Masks' }).isChecked()).toBe(true);
  });

  it('has no serious accessibility finding, in both schemes and every dialog', async () => {
    for (const dark of [true, false]) {
      const studio = await open({ dark });
      const { page } = studio;
      await studio.ready();
      await page.locator('summary').click();
      await studio.results.first().waitFor();
      expect(await studio.axe()).toEqual([]);
      for (const keys of ['Control+K', 'F1', 'Control+Shift+L', 'Control+O']) {
        await page.keyboard.press(keys);
        await page.locator('dialog').waitFor();
        await page.waitForTimeout(200);
        expect(await studio.axe()).toEqual([]);
        await page.keyboard.press('Escape');
        await page.locator('dialog').waitFor({ state: 'detached' });
      }
      await studio.context.close();
    }
  });

  it('loses nothing when it is closed during autosave or dies', async () => {
    const studio = await open();
    await studio.ready();
    await studio.caption.fill('closed at once');
    await studio.context.close();
    const second = await open();
    await second.ready();
    expect(await second.caption.inputValue()).toBe('closed at once');
    await second.caption.fill('saved before the crash');
    await second.saved();
    await server.kill();
    await second.page.locator('.banner--warn').waitFor();
    await second.caption.fill('drawn while nobody listened');
    await second.caption.blur();
    // Another key: the next process does not let the page in, and nothing of what is on it is lost.
    rmSync(join(server.data, 'data', 'web-key'));
    await server.start();
    await second.page.getByText('What you drew meanwhile is kept').waitFor();
    await second.page.goto(server.url);
    await second.page.getByText('Go on where you were?').waitFor();
    await second.page.locator('.cover button.row').first().click();
    await second.ready();
    expect(await second.caption.inputValue()).toBe('drawn while nobody listened');
    await second.page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    expect(await second.caption.inputValue()).toBe('saved before the crash');
    await second.saved();
  });
});
