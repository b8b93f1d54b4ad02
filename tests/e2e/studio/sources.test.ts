import { decode } from 'fast-png';
import { expect, it } from 'vitest';
import { describeInStudio } from './inStudio.ts';

describeInStudio(
  'a source picture',
  'pictures from pictures in a browser, end to end',
  300_000,
  (inStudio) => {
    it('can be a finished result, repainted in one box and varied as a whole', async () => {
      const studio = await inStudio.open();
      const { page } = studio;
      await studio.ready();
      await studio.setNumber('Steps', 3);
      await page.keyboard.press('Control+Enter');
      await studio.waitForResults(1);
      await studio.waitForIdle();
      const before = decode(await studio.newestImage());
      const panel = page.getByRole('region', { name: 'Begins with' });
      expect(await panel.count()).toBe(0);

      // The menu of the topmost box in the middle of the image's left half.
      const canvas = await page.locator('.layout-canvas').boundingBox();
      if (canvas === null) throw new Error('There is no canvas.');
      const side = Math.min(canvas.width, canvas.height) - 64;
      const [x, y] = [canvas.x + (canvas.width - side) / 2 + 0.2 * side, canvas.y + (canvas.height - side) / 2 + 0.6 * side]; // prettier-ignore
      await page.mouse.click(x, y, { button: 'right' });
      const menu = page.getByRole('menu', { name: 'Box' });
      await menu.getByRole('menuitem', { name: 'Repaint this box' }).click();
      await studio.waitForResults(2);
      await studio.waitForIdle();
      const after = decode(await studio.newestImage());
      const differ: number[] = [];
      after.data.forEach((value, i) => {
        if (value !== before.data[i]) differ.push(Math.floor(i / 3) % before.width);
      });
      expect(differ.length).toBeGreaterThan(100);
      // The right quarter is outside of that box and of its mask.
      expect(Math.max(...differ)).toBeLessThan(0.75 * before.width);

      await panel.getByText(/^Repaints .+; everything else stays as it is$/).waitFor();
      expect(await studio.setting('Denoise').inputValue()).toBe('1');
      await studio.setNumber('Denoise', 0.5);
      const thumbnail = await panel.locator('img').getAttribute('src');
      expect(thumbnail).toMatch(/\/sources\/[0-9a-f]{64}\.png$/);
      expect((await page.request.get(new URL(thumbnail ?? '', page.url()).href)).status()).toBe(200);
      expect(await studio.axe()).toEqual([]);
      await panel.getByRole('button', { name: 'Begin with noise again' }).click();
      expect(await panel.count()).toBe(0);

      await page.getByRole('toolbar', { name: 'What is shown' }).getByRole('button', { name: 'Vary from this result' }).click(); // prettier-ignore
      await studio.waitForResults(3);
      await studio.waitForIdle();
      await panel.getByText('Varies the whole picture').waitFor();
      expect(await studio.setting('Denoise').inputValue()).toBe('0.6');
      expect(decode(await studio.newestImage()).data).not.toEqual(after.data);
      await studio.saved();
      // It is part of the project.
      await page.reload();
      await studio.ready();
      await panel.getByText('Varies the whole picture').waitFor();
      await page.context().close();
      expect(studio.errors).toEqual([]);
    });

    it('can be a JPEG of the user’s: dropped, scaled, kept, and repainted in one box', async () => {
      const studio = await inStudio.open();
      const { page } = studio;
      await studio.ready();
      const address = await page.evaluate<string>(`{
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width: 600, height: 300 });
      const context = canvas.getContext('2d');
      context.fillStyle = 'rgb(200, 40, 40)';
      context.fillRect(0, 0, 600, 300);
      context.fillStyle = 'rgb(40, 40, 200)';
      context.fillRect(150, 0, 300, 150);
      canvas.toDataURL('image/jpeg', 0.95);
    }`);
      const jpeg = Buffer.from(address.slice(address.indexOf(',') + 1), 'base64');
      const panel = page.getByRole('region', { name: 'Begins with' });

      await page.keyboard.press('Control+K');
      await page.getByRole('combobox').fill('open the example');
      await page.keyboard.press('Enter');
      await page.locator('.layer__phrase').first().waitFor();

      // A file that only says it is one leads to one sentence and to nothing else.
      await studio.drop(jpeg.subarray(0, 400), 'cut.jpg', 'image/jpeg');
      await page.getByRole('button', { name: 'Begin with it' }).click();
      await page.getByText(/^cut\.jpg (cannot be opened as a picture|is no PNG or JPEG)/).waitFor();
      expect(await panel.count()).toBe(0);

      await studio.drop(jpeg, 'photo.jpg', 'image/jpeg');
      await page.getByRole('button', { name: 'Begin with it' }).click();
      await panel.getByText('Varies the whole picture').waitFor();
      const kept = await panel.locator('img').getAttribute('src');
      const response = await page.request.get(new URL(kept ?? '', page.url()).href);
      const source = decode(await response.body());
      expect([source.width, source.height]).toEqual([128, 128]);
      // The middle: above it is blue, below red.
      const pixel = (x: number, y: number): number[] => {
        const at = source.channels * (y * source.width + x);
        return Array.from(source.data.slice(at, at + 3));
      };
      expect(pixel(64, 32)[2]).toBeGreaterThan(180);
      expect(pixel(64, 96)[0]).toBeGreaterThan(180);

      await page.locator('.layer__phrase').first().click();
      await panel.getByRole('button', { name: 'Repaint selected boxes' }).click();
      await panel.getByText(/^Repaints .+; everything else stays as it is$/).waitFor();
      const before = await studio.results.count();
      await studio.setNumber('Steps', 3);
      await page.keyboard.press('Control+Enter');
      await studio.waitForResults(before + 1);
      await studio.waitForIdle();
      const after = decode(await studio.newestImage());
      // The corner farthest from the boxes is the source's own.
      expect(Array.from(after.data.slice(0, 3))).toEqual(pixel(0, 0));
      expect(await studio.axe()).toEqual([]);
      await page.context().close();
      expect(studio.errors).toEqual([]);
    });
  },
);
