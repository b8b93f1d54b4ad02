import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeModel } from '../../../main/library/describeModel.ts';
import { openModel } from '../../../main/engine/weights/openModel.ts';
import { openTensorFile } from '../../../main/engine/weights/tensorFile.ts';
import { safetensorsBytes, vector, writeSafetensors } from './writeSafetensors.ts';

const whole = fileURLToPath(new URL('../../fixtures/pipeline/epsilon', import.meta.url));
const weights = 'unet/diffusion_pytorch_model.safetensors';
let home: string;
let folder: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'trouble-'));
  folder = join(home, 'model');
  cpSync(whole, folder, { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true }));

/** The sentence that opening the folder ends in. */
async function sentence(path: string = folder): Promise<string> {
  return openModel(path).then(
    () => 'it opened',
    (error: unknown) => (error as Error).message,
  );
}

describe.skipIf(process.platform === 'win32')('a model folder of links', () => {
  it('is as good as its files, and says which of them lead nowhere', async () => {
    const store = join(home, 'blob');
    cpSync(join(folder, weights), store);
    rmSync(join(folder, weights));
    symlinkSync('../../blob', join(folder, weights));
    expect(await sentence()).toBe('it opened');
    rmSync(store);
    const nowhere = 'which does not exist; get that file again, or put it back.';
    expect(await sentence()).toBe(`${join(folder, weights)}: is a link to ../../blob, ${nowhere}`);
    // Another candidate does.
    cpSync(join(whole, weights), join(folder, weights.replace('model.', 'model.fp16.')));
    expect(await sentence()).toBe('it opened');
    rmSync(join(folder, 'vae/config.json'));
    symlinkSync('/nowhere/config.json', join(folder, 'vae/config.json'));
    expect(await sentence()).toBe(
      `${join(folder, 'vae/config.json')}: is a link to /nowhere/config.json, ${nowhere}`,
    );
  });

  it('with a link to itself is told so', async () => {
    rmSync(join(folder, weights));
    symlinkSync('diffusion_pytorch_model.safetensors', join(folder, weights));
    expect(await sentence()).toBe(
      `${join(folder, weights)}: is a link that leads back to itself; get the file again.`,
    );
  });

  it('is not waited for when it is a pipe', async () => {
    const pipe = join(home, 'pipe.safetensors');
    execFileSync('mkfifo', [pipe]);
    await expect(openTensorFile(pipe)).rejects.toThrow(`${pipe}: is not a file.`);
  });

  it.skipIf(process.getuid?.() === 0)('that may not be read is told from one that is missing', async () => {
    execFileSync('chmod', ['000', join(folder, 'unet')]);
    expect(await sentence()).toMatch(
      /unet\/config\.json: this user may not read it \(EACCES\); give yourself/,
    );
    execFileSync('chmod', ['700', join(folder, 'unet')]);
  });
});

describe('what people take for a model', () => {
  it.each([
    [
      'a.safetensors',
      'version https://git-lfs.github.com/spec/v1\noid sha256:aa\n',
      /is only a Git LFS pointer, not the weights; fetch them with "git lfs pull"/,
    ],
    [
      'a.bin',
      'version https://git-lfs.github.com/spec/v1\noid sha256:aa\n',
      /is only a Git LFS pointer, not the/,
    ],
    ['a.safetensors', '<!DOCTYPE html><html>Sign in</html>', /is a web page, not weights/],
    ['a.ckpt', '\n<html>Sign in</html>', /is a web page, not weights/],
    ['a.safetensors', '\xef\xbb\xbf<html>Sign in</html>', /is a web page, not weights/],
    [
      'a.safetensors',
      '{"error":"Access to this model is restricted."}',
      /is not weights but JSON, .*: {"error":"Access to this model is restricted\."} — download it again/,
    ],
    [
      'a.safetensors',
      'Invalid username or password.',
      /is not weights but text, .*: Invalid username or pass/,
    ],
    ['a.safetensors', '404', /is not weights but text, .*: 404 —/],
    ['a.safetensors', '[]', /is not weights but JSON/],
    ['a.bin', 'Entry not found', /is not weights but text, .*: Entry not found —/],
    [
      'a.ckpt',
      `{"message":"${'x'.repeat(5000)}"}`,
      /is not weights but JSON, perhaps what a server answered instead of the file: {"message":"x{80,}… —/,
    ],
    [
      'a.safetensors',
      '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>',
      /is not weights but XML, .*<Code>AccessDenied/,
    ],
    ['a.safetensors', '\x1f\x8b\x08\x08\x4d\x8a\x2f\x67\x00\x03a', /is packed with gzip/],
    ['a.safetensors', '\x05\x00\x00', /has 3 bytes, too short/],
    ['a.png', '\x89PNG\r\n\x1a\n and more', /neither a safetensors file nor one of torch\.save/],
  ])('%s: %j', async (name, text, message) => {
    writeFileSync(join(home, name), text, 'latin1');
    await expect(openTensorFile(join(home, name))).rejects.toThrow(message);
  });

  it.each([
    ['position_net.null_positive_feature', /is a GLIGEN adapter, .* name this file as its adapter/],
    ['down_blocks.0.resnets.0.conv1.bias', /is a UNet alone, .* add the folder that holds the folder unet/],
  ])('a single file with %s', async (name, message) => {
    const checkpoint = join(home, 'a.safetensors');
    writeSafetensors(checkpoint, { [name]: vector(1) });
    const tokenizer = join(whole, 'tokenizer');
    await expect(openModel({ kind: 'checkpoint', checkpoint, adapter: null, tokenizer })).rejects.toThrow(
      message,
    );
  });

  it("the top of a model in the hub's cache, another family's config", async () => {
    cpSync(folder, join(home, 'cache/snapshots/0123'), { recursive: true });
    expect(await sentence(join(home, 'cache'))).toMatch(
      /is a model in the hub's cache; name .*snapshots.0123\.$/,
    );
    const config = join(folder, 'unet/config.json');
    const own = JSON.parse(readFileSync(config, 'utf8')) as object;
    writeFileSync(config, JSON.stringify({ ...own, addition_embed_type: 'text_time' }));
    expect(await sentence()).toMatch(/it is a UNet of Stable Diffusion XL, only Stable Diffusion 1\.x/);
    writeFileSync(config, JSON.stringify({ ...own, _class_name: 'FluxTransformer2DModel' }));
    expect(await sentence()).toMatch(
      /"_class_name" cannot be used: "FluxTransformer2DModel" is not supported/,
    );
  });

  it('weights of a type that is not read: told before they are run', async () => {
    const file = join(folder, weights);
    const bytes = readFileSync(file);
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<string, { dtype: string }>;
    const [name] = Object.keys(header).filter((key) => header[key]?.dtype === 'F32');
    const entry = header[name ?? ''];
    if (entry !== undefined) entry.dtype = 'I32';
    writeFileSync(file, safetensorsBytes(JSON.stringify(header), bytes.subarray(8 + length)));
    const { problem } = await describeModel({ kind: 'folder', folder });
    expect(problem).toContain(`a tensor is stored in a type that is not read, "${name}" as int32 first;`);
  });
});
