/**
 * Makes the pictures of the README from the running studio: npx tsx scripts/screenshots.ts [folder] [--steps n]
 * Needs a Chromium or Chrome (CHROMIUM_PATH) and runs the embedded model three times with its default settings.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { appRoot } from '../main/host/appRoot.ts';
import { findBrowser } from '../tests/e2e/canvas/browser.ts';
import { buildPage } from '../tests/e2e/studio/buildPage.ts';
import { StudioPage } from '../tests/e2e/studio/studioPage.ts';
import { StudioServer } from '../tests/e2e/studio/studioServer.ts';

const at = process.argv.indexOf('--steps');
const steps = at === -1 ? null : Number(process.argv[at + 1]);
const named = process.argv[2];
const folder = named === undefined || named.startsWith('--') ? join(appRoot(), 'docs', 'images') : named;

const executablePath = findBrowser('nothing: no pictures were made');
if (executablePath === null) process.exit(1);
await mkdir(folder, { recursive: true });
await buildPage();
const server = new StudioServer();
await server.start();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });

async function open(options: { readonly dark: boolean; readonly locale?: string }): Promise<StudioPage> {
  const studio = await StudioPage.open(browser, server.url, options);
  await studio.ready();
  return studio;
}

const studio = await open({ dark: true });
const { page } = studio;
const shoot = async (name: string): Promise<void> => {
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  console.log(join(folder, `${name}.png`));
};

try {
  await page.getByRole('button', { name: 'Got it' }).click();
  if (steps !== null) await studio.setNumber('Steps', steps);
  await page.keyboard.press('Control+Enter');
  await studio.until(
    `{ const bar = document.querySelector('[role="progressbar"]');
       Number(bar?.ariaValueNow) >= Number(bar?.ariaValueMax) / 2 || document.querySelector('.result__pick') !== null }`,
  );
  await shoot('running');
  await studio.waitForResults(1);
  await shoot('studio');
  await page.getByRole('radio', { name: 'Cut-outs' }).check();
  await shoot('cutouts');
  await page.keyboard.press('Control+J');
  await studio.waitForResults(2);
  await page.locator('.compare').waitFor();
  await shoot('compare');
  await page.getByRole('button', { name: 'More variations' }).click();
  await page.getByRole('button', { name: 'More variations' }).click();
  await page.keyboard.press('Control+Enter');
  await studio.waitForResults(3);
  await studio.waitForStep();
  await shoot('variations');
  await studio.page.keyboard.press('Control+K');
  await shoot('palette');
  await studio.context.close();
  const light = await open({ dark: false });
  await light.page.waitForTimeout(500);
  await light.page.screenshot({ path: join(folder, 'light.png') });
  await light.context.close();
} finally {
  await browser.close();
  await server.stop();
}
