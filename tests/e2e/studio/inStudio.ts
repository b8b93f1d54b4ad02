import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { findBrowser } from '../canvas/browser.ts';
import { buildPage } from './buildPage.ts';
import { StudioPage } from './studioPage.ts';
import type { OpenOptions } from './studioPage.ts';
import { StudioServer } from './studioServer.ts';

const START_MS = 300_000;

/** The web mode and a browser, there while the tests of one file run. */
export class InStudio {
  readonly server = new StudioServer();
  #browser: Browser | null = null;

  open(options?: OpenOptions): Promise<StudioPage> {
    if (this.#browser === null) throw new Error('The browser has not been started.');
    return StudioPage.open(this.#browser, this.server.url, options);
  }

  async start(executablePath: string): Promise<void> {
    await buildPage();
    await this.server.start();
    this.#browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    await this.server.stop();
  }
}

/**
 * Tests of the page of web mode, the engine in its process, and the model that comes with the program.
 *
 * @param what is not tested where there is no browser, which is said loudly
 */
export function describeInStudio(
  title: string,
  what: string,
  timeout: number,
  tests: (studio: InStudio) => void,
): void {
  const executablePath = findBrowser(what);
  describe.skipIf(executablePath === null)(title, { timeout }, () => {
    const studio = new InStudio();
    beforeAll(() => studio.start(executablePath ?? ''), START_MS);
    afterAll(() => studio.stop());
    tests(studio);
  });
}
