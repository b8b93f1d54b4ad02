import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { createServer } from 'vite';

const candidates = [
  process.env['CHROMIUM_PATH'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:/Program Files/Google/Chrome/Application/chrome.exe',
];

/** Where a Chromium or Chrome is; null (and a loud line) where there is none. */
export function findBrowser(what: string): string | null {
  const found = candidates.find((path) => path !== '' && existsSync(path));
  if (found === undefined) {
    console.warn(`\n*** NOT TESTED: ${what}. No Chromium or Chrome found; set CHROMIUM_PATH. ***\n`);
    return null;
  }
  return found;
}

export interface CanvasPage {
  readonly browser: Browser;
  open(options?: {
    readonly dark?: boolean;
    readonly width?: number;
    readonly height?: number;
  }): Promise<Page>;
  close(): Promise<void>;
}

/** Serves the canvas alone (tests/renderer/canvas/page) from the sources and opens it in a browser. */
export async function serveCanvas(executablePath: string): Promise<CanvasPage> {
  const server = await createServer({
    configFile: false,
    cacheDir: join(tmpdir(), 'isac-studio-vite-canvas'),
    logLevel: 'error',
    plugins: [react()],
    server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
    optimizeDeps: {
      noDiscovery: true,
      include: [
        'i18next',
        'konva',
        'react',
        'react-dom/client',
        'react-i18next',
        'react/jsx-dev-runtime',
        'react/jsx-runtime',
        'zod',
      ],
    },
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (typeof address !== 'object' || address === null) {
    throw new Error('The test server has no port.');
  }
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  return {
    browser,
    open: async ({ dark = true, width = 1000, height = 760 } = {}) => {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: dark ? 'dark' : 'light',
      });
      const page = await context.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      // What the animation frames of the page itself cost, in milliseconds each.
      await page.addInitScript(`
        window.frameCosts = [];
        const request = window.requestAnimationFrame.bind(window);
        window.requestAnimationFrame = (work) => request((time) => {
          const start = performance.now();
          work(time);
          window.frameCosts.push(performance.now() - start);
        });`);
      await page.goto(`http://127.0.0.1:${address.port}/tests/renderer/canvas/page/index.html`);
      await page.waitForSelector('.layout-canvas canvas');
      await page.waitForFunction('window.canvasPage.editor.getSnapshot().canvas.width > 900');
      if (errors.length > 0) {
        throw new Error(errors.join('\n'));
      }
      return page;
    },
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}
