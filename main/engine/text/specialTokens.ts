import { z } from 'zod';
import { parseBoundedJson } from '../../files/boundedJson.ts';
import { BOUNDS } from '../../files/bounds.ts';
import { UserError } from '../errors.ts';

/** A token that is recognised in the text before anything else happens to it (transformers `AddedToken`). */
export interface AddedToken {
  readonly content: string;
  readonly id: number;
  /** Swallow white space on the left, on the right. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Only when it stands between spaces. */
  readonly singleWord: boolean;
}

/** Tokens with a role and everything that is recognised as a whole. */
export interface SpecialTokens {
  readonly bosId: number;
  readonly eosId: number;
  readonly padId: number;
  readonly unkId: number;
  readonly added: readonly AddedToken[];
  /** `model_max_length`; null when the folder doesn't say. */
  readonly maxLength: number | null;
}

/** The optional files of a tokenizer folder, as texts. */
export interface SpecialTokenFiles {
  readonly folder: string;
  readonly tokenizerConfig: string | null;
  readonly specialTokensMap: string | null;
  readonly addedTokens: string | null;
}

const tokenSchema = z.union([
  z.string().transform((content) => ({ content, lstrip: false, rstrip: false, single_word: false })),
  z.object({
    content: z.string(),
    lstrip: z.boolean().default(false),
    rstrip: z.boolean().default(false),
    single_word: z.boolean().default(false),
  }),
]);

const roles = ['bos_token', 'eos_token', 'unk_token', 'pad_token'] as const;

const rolesSchema = z.object({
  bos_token: tokenSchema.nullish(),
  eos_token: tokenSchema.nullish(),
  unk_token: tokenSchema.nullish(),
  pad_token: tokenSchema.nullish(),
  additional_special_tokens: z.array(tokenSchema).nullish(),
});

const configSchema = rolesSchema.extend({
  model_max_length: z.number().positive().nullish(),
  added_tokens_decoder: z.record(z.string().regex(/^\d+$/), tokenSchema).nullish(),
});

const addedTokensSchema = z.record(z.string(), z.int().min(0));

type Token = z.output<typeof tokenSchema>;
type Roles = z.output<typeof rolesSchema>;

const plain = (content: string): Token => ({ content, lstrip: false, rstrip: false, single_word: false });

/** Defaults of CLIPTokenizer.__init__. */
const defaults: Readonly<Record<(typeof roles)[number], Token>> = {
  bos_token: plain('<|startoftext|>'),
  eos_token: plain('<|endoftext|>'),
  unk_token: plain('<|endoftext|>'),
  pad_token: plain('<|endoftext|>'),
};

/**
 * Finds the special tokens as transformers' slow tokenizers do on loading (tokenization_utils_base.py,
 * `_from_pretrained`, 4.49.0): a tokenizer_config.json with `added_tokens_decoder` is all there is to know;
 * otherwise special_tokens_map.json overrides tokenizer_config.json, and added_tokens.json adds more. A token
 * with a role that the vocabulary lacks gets the next free id.
 *
 * @throws UserError naming the file and the field
 */
export function readSpecialTokens(
  files: SpecialTokenFiles,
  vocabulary: ReadonlyMap<string, number>,
): SpecialTokens {
  const config = parse(files.folder, 'tokenizer_config.json', files.tokenizerConfig, configSchema) ?? {};
  const modern = config.added_tokens_decoder ?? null;
  const added = new Map<string, AddedToken>();
  const add = (token: Token, id: number): void => {
    const { content, lstrip, rstrip, single_word: singleWord } = token;
    if (content !== '') added.set(content, { content, id, lstrip, rstrip, singleWord });
  };

  let named: Roles = config;
  if (modern !== null) {
    for (const [id, token] of Object.entries(modern)) add(token, Number(id));
  } else {
    const map = parse(files.folder, 'special_tokens_map.json', files.specialTokensMap, rolesSchema) ?? {};
    named = { ...config, ...map };
    const legacy = parse(files.folder, 'added_tokens.json', files.addedTokens, addedTokensSchema) ?? {};
    for (const [content, id] of Object.entries(legacy)) add(plain(content), id);
  }

  const role = (name: (typeof roles)[number]): Token => named[name] ?? defaults[name];
  let next = new Set([...vocabulary.keys(), ...added.keys()]).size;
  for (const token of [...roles.map(role), ...(named.additional_special_tokens ?? [])]) {
    if (added.has(token.content)) continue;
    const known = vocabulary.get(token.content);
    add(token, known ?? next);
    if (known === undefined) next += 1;
  }

  const idOf = (name: (typeof roles)[number]): number => added.get(role(name).content)?.id ?? 0;
  const maxLength = config.model_max_length ?? null;
  return {
    bosId: idOf('bos_token'),
    eosId: idOf('eos_token'),
    padId: idOf('pad_token'),
    unkId: idOf('unk_token'),
    added: [...added.values()],
    // transformers writes 1e30 for "unlimited".
    maxLength: maxLength !== null && maxLength < 1e6 ? Math.floor(maxLength) : null,
  };
}

function parse<Schema extends z.ZodType>(
  folder: string,
  name: string,
  text: string | null,
  schema: Schema,
): z.output<Schema> | undefined {
  if (text === null) return undefined;
  let value: unknown;
  try {
    value = parseBoundedJson(text, BOUNDS.config, `${folder}/${name}`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${folder}/${name}: is not valid JSON; it is damaged.`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new UserError(
    `${folder}/${name}: "${issue?.path.join('.') ?? ''}" cannot be used: ${issue?.message ?? 'it is malformed'}.`,
  );
}
