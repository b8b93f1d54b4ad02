import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { ClipTokenizer } from '../../../main/engine/text/clipTokenizer.ts';
import { readTokenizerFiles } from '../../../main/engine/weights/tokenizerFiles.ts';
import { tokenizerFixtures } from '../text/readTokenizer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokenizer-'));
afterAll(() => rmSync(folder, { recursive: true }));

const recorded = JSON.parse(
  gunzipSync(readFileSync(join(tokenizerFixtures, 'texts.json.gz'))).toString('utf8'),
) as { texts: string[]; sd1: number[][] };

const idsOf = (tokenizer: ClipTokenizer): number[][] =>
  recorded.sd1.map(
    (_, index) => tokenizer.encode(recorded.texts[index] ?? '', { pad: false, truncate: false }).ids,
  );

interface TokenizerJson {
  added_tokens: { id: number; content: string }[];
  model: { merges: unknown[]; type?: string };
}

function copyOf(name: string, change: (json: TokenizerJson) => void): string {
  const copy = join(folder, name);
  cpSync(join(tokenizerFixtures, 'transformers5'), copy, { recursive: true });
  const path = join(copy, 'tokenizer.json');
  const json = JSON.parse(readFileSync(path, 'utf8')) as TokenizerJson;
  change(json);
  writeFileSync(path, JSON.stringify(json));
  return copy;
}

describe('a tokenizer folder of transformers 5: tokenizer.json alone', () => {
  it('gives the ids that vocab.json and merges.txt give', async () => {
    const tokenizer = new ClipTokenizer(await readTokenizerFiles(join(tokenizerFixtures, 'transformers5')));
    expect(idsOf(tokenizer)).toEqual(recorded.sd1);
  });

  it('may write its merges as texts', async () => {
    const copy = copyOf('texts', ({ model }) => {
      model.merges = (model.merges as string[][]).map((pair) => pair.join(' '));
    });
    expect(idsOf(new ClipTokenizer(await readTokenizerFiles(copy)))).toEqual(recorded.sd1);
  });

  it('may hold added tokens, such as a textual inversion', async () => {
    const copy = copyOf('added', ({ added_tokens: added }) => added.push({ id: 2014, content: '<my-cat>' }));
    const tokenizer = new ClipTokenizer(await readTokenizerFiles(copy));
    expect(tokenizer.encode('a <my-cat>', { pad: false }).ids).toContain(2014);
  });

  it('of another kind is refused with its field', async () => {
    const copy = copyOf('unigram', ({ model }) => {
      model.type = 'Unigram';
    });
    await expect(readTokenizerFiles(copy)).rejects.toThrow(
      /tokenizer\.json: "model\.type" cannot be used: only the BPE/,
    );
  });

  it('that is missing altogether names vocab.json', async () => {
    await expect(readTokenizerFiles(join(folder, 'nothing'))).rejects.toThrow(/vocab\.json: is missing/);
  });
});
