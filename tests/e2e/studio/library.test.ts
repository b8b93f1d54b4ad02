import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundledModels } from '../../../main/host/models.ts';
import { describeInStudio } from './inStudio.ts';

describeInStudio('the model library', 'the model library in a browser, end to end', 600_000, (inStudio) => {
  let models: string;

  beforeAll(() => {
    models = mkdtempSync(join(tmpdir(), 'isac-models-'));
    const [embedded] = bundledModels();
    for (const name of ['my-model', 'broken-model'])
      cpSync(embedded?.folder ?? '', join(models, name), { recursive: true });
    // Its weights lack tensors that its config asks for now.
    const config = join(models, 'broken-model', 'vae', 'config.json');
    const before = JSON.parse(readFileSync(config, 'utf8')) as { layers_per_block: number };
    writeFileSync(config, JSON.stringify({ ...before, layers_per_block: before.layers_per_block + 1 }));
  });

  afterAll(() => rmSync(models, { recursive: true, force: true }));

  it('adds a folder, says what is wrong with a broken one, hashes, and runs what was added', async () => {
    const studio = await inStudio.open({ width: 1280, height: 900 });
    const { page } = studio;
    await studio.ready();
    await page.keyboard.press('Control+K');
    await page.getByRole('combobox').fill('models, devices');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    const row = (name: string): Locator => dialog.locator('.model').filter({ hasText: name });

    // By the keyboard: the fold opens with Enter, the form is sent with Enter.
    await dialog.locator('summary').filter({ hasText: 'Add a model' }).focus();
    await page.keyboard.press('Enter');
    const path = dialog.getByLabel('Model folder');
    await path.fill(join(models, 'broken-model'));
    await page.keyboard.press('Enter');
    const alert = dialog.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/vae.*tensors are missing, ".*" \[.*\] first/);
    await path.fill(join(models, 'my-model'));
    await page.keyboard.press('Enter');
    await row('my-model').waitFor();
    expect(await alert.count()).toBe(0);
    expect(await row('my-model').locator('.row__note').first().textContent()).toMatch(
      /text boxes · 128 × 128 · float\d+.* · .*MB · /,
    );

    await row('my-model').getByRole('button', { name: 'Details of my-model' }).click();
    await row('my-model').getByRole('button', { name: 'Hash the files' }).click();
    await row('my-model').getByText('Every file was read and hashed.').waitFor();
    await row('my-model')
      .getByText(/^[0-9a-f]{64}$/)
      .first()
      .waitFor();

    // Without a network: one sentence, and everything else goes on.
    await dialog.locator('summary').filter({ hasText: 'Download from' }).click();
    await dialog.locator('summary').filter({ hasText: 'Mirror, proxy, token' }).click();
    await dialog.getByLabel('Mirror of the hub').fill('http://127.0.0.1:9');
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await dialog.getByText('Saved; it counts').waitFor();
    await dialog.getByLabel('Repository').fill('some/model');
    await page.keyboard.press('Enter');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/cannot be reached .*works without the network/s);
    expect(await studio.axe()).toEqual([]);

    await row('my-model').getByRole('button', { name: 'Use my-model' }).click();
    await row('my-model').getByText('in use').waitFor();
    await page.keyboard.press('Escape');
    await studio.setNumber('Steps', 2);
    // The first run opens the model; the second tells what the next ones take.
    for (const count of [1, 2]) {
      await page.keyboard.press('Control+Enter');
      await studio.waitForResults(count);
      await studio.waitForIdle();
    }
    await page.getByText(/^about \d/).waitFor();
    expect(await page.locator('.go__figure').textContent()).toMatch(/^about [\d.]+ s, [\d.]+ [MG]B$/);
    await page.locator('.result__pick').first().click();
    await page.getByTitle('my-model').first().waitFor();
    expect(studio.errors).toEqual([]);
    await page.context().close();
  });
});
