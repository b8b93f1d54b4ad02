import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClipTokenizerFiles } from '../../../main/engine/text/clipTokenizer.ts';

export const tokenizerFixtures = fileURLToPath(new URL('../../fixtures/tokenizer', import.meta.url));

/** The texts of a tokenizer folder. */
export function tokenizerFiles(folder: string): ClipTokenizerFiles {
  const optional = (name: string): string | null =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : null;
  return {
    folder,
    vocabulary: readFileSync(join(folder, 'vocab.json'), 'utf8'),
    merges: readFileSync(join(folder, 'merges.txt'), 'utf8'),
    tokenizerConfig: optional('tokenizer_config.json'),
    specialTokensMap: optional('special_tokens_map.json'),
    addedTokens: optional('added_tokens.json'),
  };
}
