import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Page, studios } from './harness.ts';

const open = studios();
const fixtures = realpathSync(fileURLToPath(new URL('../fixtures', import.meta.url)));

describe('loras.check', () => {
  it('answers with the full path of a file that fits the model, and says why another does not', async () => {
    const page = new Page(open().service);
    const model = join(fixtures, 'pipeline/epsilon');
    const file = join(fixtures, 'lora/kohya.safetensors');
    expect(await page.call('loras.check', { file, model })).toEqual({ file });
    await expect(
      page.call('loras.check', { file, model: join(fixtures, 'pipeline/velocity') }),
    ).rejects.toThrow(/kohya\.safetensors: tensor ".*" (has shape|is for the layer)/);
    await expect(page.call('loras.check', { file: join(model, 'model_index.json'), model })).rejects.toThrow(
      /model_index\.json: /,
    );
    await expect(page.call('loras.check', { file: '/nowhere.safetensors', model })).rejects.toThrow(
      '/nowhere.safetensors: there is no such file.',
    );
  });
});
