import { join } from 'node:path';
import { BOUNDS } from '../../files/bounds.ts';
import { readOptionalTextFile, readTextFile } from './jsonFile.ts';

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

/** @throws UserError when vocab.json or merges.txt is missing */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  return {
    folder,
    vocabulary: await readTextFile(join(folder, 'vocab.json'), BOUNDS.vocabulary),
    merges: await readTextFile(join(folder, 'merges.txt'), BOUNDS.merges),
    tokenizerConfig: await readOptionalTextFile(join(folder, 'tokenizer_config.json')),
    specialTokensMap: await readOptionalTextFile(join(folder, 'special_tokens_map.json')),
    addedTokens: await readOptionalTextFile(join(folder, 'added_tokens.json')),
  };
}
