import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';

export interface OpenOptions {
  readonly dark?: boolean;
  readonly width?: number;
  readonly height?: number;
  readonly locale?: string;
}

const ON_ROW = `document.activeElement?.role === 'row'`;

/** A page on the studio, with what the tests do on it. */
export class StudioPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Uncaught errors, console errors and violations of the content security policy. */
  readonly errors: string[] = [];

  private constructor(page: Page, context: BrowserContext) {
    this.page = page;
    this.context = context;
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      // The browser itself reports the lost socket of tests that kill the server.
      if (message.type() === 'error' && !/WebSocket|ERR_CONNECTION/.test(message.text())) {
        this.errors.push(message.text());
      }
    });
  }

  static async open(browser: Browser, url: string, options: OpenOptions = {}): Promise<StudioPage> {
    const { dark = true, width = 1280, height = 800, locale = 'en-US' } = options;
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      locale,
      acceptDownloads: true,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const studio = new StudioPage(page, context);
    await page.goto(url);
    return studio;
  }

  async ready(): Promise<void> {
    await this.page.waitForSelector('.layout-canvas canvas');
    await this.page.waitForSelector('.project__name');
  }

  /** Phrases in the layer list, from the top. */
  async layers(): Promise<string[]> {
    return this.page.locator('.layer__phrase').allTextContents();
  }

  get caption(): Locator {
    return this.page.getByLabel('Caption', { exact: true });
  }

  setting(label: string): Locator {
    return this.page.getByRole('textbox', { name: label, exact: true });
  }

  async setNumber(label: string, value: number): Promise<void> {
    const field = this.setting(label);
    await field.fill(String(value));
    await field.blur();
  }

  get results(): Locator {
    return this.page.locator('.result__pick');
  }

  async waitForResults(count: number): Promise<void> {
    await this.until(`document.querySelectorAll('.result__pick').length >= ${count}`);
  }

  /** A denoising step of the running job has been shown. */
  async waitForStep(): Promise<void> {
    await this.until(`Number(document.querySelector('[role="progressbar"]')?.ariaValueNow) >= 1`);
  }

  async waitForIdle(): Promise<void> {
    await this.until(`document.querySelector('[role="progressbar"]') === null`);
  }

  /** Whether a row of the list of boxes has the focus. */
  onRow(): Promise<unknown> {
    return this.page.evaluate(ON_ROW);
  }

  async waitForRow(): Promise<void> {
    await this.until(ON_ROW);
  }

  /** Playwright's own waiting would need `eval` in the page, which its policy forbids. */
  async until(expression: string): Promise<void> {
    for (const end = Date.now() + 120_000; !(await this.page.evaluate<boolean>(expression));) {
      if (Date.now() > end) throw new Error(`Waited in vain for ${expression}`);
      await this.page.waitForTimeout(50);
    }
  }

  async saved(): Promise<void> {
    // The indicator turns to "pending" within the delay of the autosave.
    await this.page.waitForTimeout(300);
    await this.page.waitForSelector('[data-save="saved"]');
  }

  /** From one place of the image to another, in shares of it. */
  async drag(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
    const canvas = await this.page.locator('.layout-canvas').boundingBox();
    if (canvas === null) throw new Error('There is no canvas.');
    // The image is fitted: 32 pixels of room on the tighter side.
    const side = Math.min(canvas.width, canvas.height) - 64;
    const at = ([x, y]: readonly [number, number]): [number, number] => [
      canvas.x + (canvas.width - side) / 2 + x * side,
      canvas.y + (canvas.height - side) / 2 + y * side,
    ];
    await this.page.mouse.move(...at(from));
    await this.page.mouse.down();
    await this.page.mouse.move(...at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]), { steps: 4 });
    await this.page.mouse.move(...at(to), { steps: 4 });
    await this.page.mouse.up();
  }

  /** Drops a file on the window, as from the desktop. */
  async drop(bytes: Uint8Array, name: string, type: string): Promise<void> {
    const data = await this.page.evaluateHandle(`{
      const content = Uint8Array.from(atob('${Buffer.from(bytes).toString('base64')}'), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], ${JSON.stringify(name)}, { type: ${JSON.stringify(type)} }));
      transfer;
    }`);
    await this.page.dispatchEvent('body', 'dragover', { dataTransfer: data });
    await this.page.dispatchEvent('body', 'drop', { dataTransfer: data });
  }

  /** The picture of the newest result, as the studio serves it. */
  async newestImage(): Promise<Buffer> {
    const href = await this.page.locator('.result__image').first().getAttribute('src');
    const address = new URL(href?.replace(/thumbnail\.png$/, 'image.png') ?? '', this.page.url()).href;
    const response = await this.context.request.get(address);
    if (!response.ok()) throw new Error(`${address}: ${response.status()}`);
    return response.body();
  }

  /** Serious and critical findings of axe, one line each. */
  async axe(): Promise<string[]> {
    const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await this.page.evaluate(source);
    const results = await this.page.evaluate<AxeResults>('axe.run()');
    return results.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
      );
  }
}
