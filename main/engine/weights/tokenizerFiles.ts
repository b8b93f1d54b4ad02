import { join } from 'node:path';
import { BOUNDS } from '../../files/bounds.ts';
import { z } from 'zod';
import { checkJson, parseJsonText, readOptionalTextFile, readTextFile } from './jsonFile.ts';

/** The texts of a tokenizer folder; engine/text makes a tokenizer of them. */
export interface TokenizerFiles {
  readonly folder: string;
  /** vocab.json */
  readonly vocabulary: string;
  /** merges.txt */
  readonly merges: string;
  /** tokenizer_config.json */
  readonly tokenizerConfig: string | null;
  /** special_tokens_map.json */
  readonly specialTokensMap: string | null;
  /** added_tokens.json */
  readonly addedTokens: string | null;
}

/**
 * vocab.json and merges.txt, or tokenizer.json where one of them is missing (transformers 5 writes that file alone).
 *
 * @throws UserError when neither is complete
 */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const [vocabulary, merges, whole, tokenizerConfig] = await Promise.all([
    readOptionalTextFile(join(folder, 'vocab.json'), BOUNDS.vocabulary),
    readOptionalTextFile(join(folder, 'merges.txt'), BOUNDS.merges),
    readOptionalTextFile(join(folder, 'tokenizer.json'), BOUNDS.tokenizer),
    readOptionalTextFile(join(folder, 'tokenizer_config.json')),
  ]);
  const others = {
    folder,
    specialTokensMap: await readOptionalTextFile(join(folder, 'special_tokens_map.json')),
    addedTokens: await readOptionalTextFile(join(folder, 'added_tokens.json')),
  };
  if ((vocabulary === null || merges === null) && whole !== null) {
    return { ...others, ...fromTokenizerJson(join(folder, 'tokenizer.json'), whole, tokenizerConfig) };
  }
  return {
    ...others,
    tokenizerConfig,
    vocabulary: vocabulary ?? (await readTextFile(join(folder, 'vocab.json'), BOUNDS.vocabulary)),
    merges: merges ?? (await readTextFile(join(folder, 'merges.txt'), BOUNDS.merges)),
  };
}

const tokenizerJsonSchema = z.object({
  added_tokens: z
    .array(
      z.object({
        id: z.int().min(0),
        content: z.string(),
        lstrip: z.boolean().nullish(),
        rstrip: z.boolean().nullish(),
        single_word: z.boolean().nullish(),
      }),
    )
    .nullish(),
  model: z.object({
    // Old files of the tokenizers library name no type.
    type: z.literal('BPE', { error: 'only the BPE tokenizer of CLIP can be used' }).nullish(),
    end_of_word_suffix: z.literal('</w>', {
      error: 'only the BPE tokenizer of CLIP, with "</w>" at the end of words, can be used',
    }),
    vocab: z.record(z.string(), z.int().min(0)),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  }),
});

/** The same texts out of the tokenizers library's one file: its model, and its added tokens as tokenizer_config.json lists them. */
function fromTokenizerJson(
  path: string,
  text: string,
  tokenizerConfig: string | null,
): Pick<TokenizerFiles, 'vocabulary' | 'merges' | 'tokenizerConfig'> {
  const { model, added_tokens: added } = checkJson(
    path,
    parseJsonText(path, text, BOUNDS.tokenizer),
    tokenizerJsonSchema,
  );
  const pairs = model.merges.map((pair) => (typeof pair === 'string' ? pair : pair.join(' ')));
  return {
    vocabulary: JSON.stringify(model.vocab),
    merges: `#version: 0.2\n${pairs.join('\n')}\n`,
    tokenizerConfig: withAddedTokens(path, tokenizerConfig, added ?? []),
  };
}

type AddedTokens = NonNullable<z.output<typeof tokenizerJsonSchema>['added_tokens']>;

function withAddedTokens(path: string, tokenizerConfig: string | null, added: AddedTokens): string | null {
  if (added.length === 0) return tokenizerConfig;
  const config = checkJson(
    join(path, '..', 'tokenizer_config.json'),
    tokenizerConfig === null ? {} : parseJsonText(join(path, '..', 'tokenizer_config.json'), tokenizerConfig),
    z.record(z.string(), z.unknown()),
  );
  if (config['added_tokens_decoder'] !== undefined && config['added_tokens_decoder'] !== null)
    return tokenizerConfig;
  const decoder = Object.fromEntries(
    added.map(({ id, content, lstrip, rstrip, single_word: singleWord }) => [
      String(id),
      { content, lstrip: lstrip ?? false, rstrip: rstrip ?? false, single_word: singleWord ?? false },
    ]),
  );
  return JSON.stringify({ ...config, added_tokens_decoder: decoder });
}
