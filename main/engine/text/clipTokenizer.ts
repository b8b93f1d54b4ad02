import type { TextRange } from '../../../preload/contract/caption.ts';
import { parseBoundedJson } from '../../files/boundedJson.ts';
import { BOUNDS } from '../../files/bounds.ts';
import { UserError } from '../errors.ts';
import { splitAtAddedTokens } from './addedTokenSplit.ts';
import { BytePairEncoding } from './bytePairEncoding.ts';
import { byteSymbols } from './byteSymbols.ts';
import type { SourcedWord } from './normalise.ts';
import { normalisedWords } from './normalise.ts';
import type { SpecialTokenFiles, SpecialTokens } from './specialTokens.ts';
import { readSpecialTokens } from './specialTokens.ts';

/** The texts of a tokenizer folder (engine/weights reads them). */
export interface ClipTokenizerFiles extends SpecialTokenFiles {
  /** vocab.json */
  readonly vocabulary: string;
  /** merges.txt */
  readonly merges: string;
}

/** Positions in CLIP's text encoders. */
const CLIP_MAX_LENGTH = 77;

/** Merges that CLIPTokenizer reads from merges.txt, whatever more it holds (48,894). */
const MAX_MERGES = 49152 - 256 - 2;

/**
 * CLIPTokenizer's pattern. There it ignores case, which after lower-casing still matters twice: a long s
 * passes for an s, and U+0345 (a mark whose capital is the letter iota) matches nothing at all, so it vanishes.
 */
const PATTERN =
  /<\|[sſ]tartoftext\|>|<\|endoftext\|>|'[sſ]|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}\u0345]+/gu;

export interface EncodeOptions {
  /** Longest sequence, begin and end tokens counted; the model's own unless given. */
  readonly maxLength?: number;
  /** Fill up to maxLength with the pad token (default true). */
  readonly pad?: boolean;
  /** Cut what is longer, keeping the end token (default true). */
  readonly truncate?: boolean;
}

export interface EncodedText {
  readonly ids: number[];
  /**
   * The part of the text each position stands for, in UTF-16 indices; null for the begin, end and pad
   * tokens. A token that is a part of one character (an emoji of four tokens) has the whole character.
   */
  readonly ranges: (TextRange | null)[];
  /** Positions before padding, begin and end counted. */
  readonly length: number;
  /** Tokens that were cut off. */
  readonly dropped: number;
}

interface Token extends TextRange {
  readonly id: number;
}

/**
 * CLIP's tokenizer, id for id as transformers' slow CLIPTokenizer (4.49.0) makes them without the package
 * ftfy; see `normalisedWords` for what that means.
 */
export class ClipTokenizer {
  readonly bosId: number;
  readonly eosId: number;
  readonly padId: number;
  readonly maxLength: number;
  readonly #vocabulary: ReadonlyMap<string, number>;
  readonly #encoding: BytePairEncoding;
  readonly #special: SpecialTokens;
  readonly #addedIds: ReadonlyMap<string, number>;

  /** @throws UserError when a file is malformed */
  constructor(files: ClipTokenizerFiles) {
    this.#vocabulary = parseVocabulary(files);
    this.#encoding = new BytePairEncoding(parseMerges(files));
    this.#special = readSpecialTokens(files, this.#vocabulary);
    this.#addedIds = new Map(this.#special.added.map(({ content, id }) => [content, id]));
    this.bosId = this.#special.bosId;
    this.eosId = this.#special.eosId;
    this.padId = this.#special.padId;
    this.maxLength = this.#special.maxLength ?? CLIP_MAX_LENGTH;
  }

  /** The ids of a text between begin and end token, and what part of the text each stands for. */
  encode(text: string, options: EncodeOptions = {}): EncodedText {
    const { maxLength = this.maxLength, pad = true, truncate = true } = options;
    const tokens = this.#tokens(text);
    const room = Math.max(maxLength - 2, 0);
    const kept = truncate ? tokens.slice(0, room) : tokens;
    const ids = [this.bosId, ...kept.map(({ id }) => id), this.eosId];
    const ranges = [null, ...kept.map(({ start, end }) => ({ start, end })), null];
    const length = ids.length;
    while (pad && ids.length < maxLength) {
      ids.push(this.padId);
      ranges.push(null);
    }
    return { ids, ranges, length, dropped: tokens.length - kept.length };
  }

  #tokens(text: string): Token[] {
    return splitAtAddedTokens(text, this.#special.added).flatMap(({ start, end, token }) =>
      token === null
        ? normalisedWords(text.slice(start, end), start).flatMap((word) => this.#wordTokens(word))
        : [{ id: token.id, start, end }],
    );
  }

  #wordTokens(word: SourcedWord): Token[] {
    const text = word.map(({ char }) => char).join('');
    const tokens: Token[] = [];
    for (const { 0: match, index } of text.matchAll(PATTERN)) {
      // `word` counts code points where the pattern counts UTF-16 units.
      const at = [...text.slice(0, index)].length;
      tokens.push(...this.#pieceTokens(match, word.slice(at, at + [...match].length)));
    }
    return tokens;
  }

  #pieceTokens(text: string, chars: SourcedWord): Token[] {
    const from = chars.flatMap((source) =>
      Array.from(new TextEncoder().encode(source.char), (byte) => ({
        symbol: byteSymbols[byte] ?? '',
        source,
      })),
    );
    const pieces = isSpecialText(text)
      ? [text]
      : this.#encoding.split(from.map(({ symbol }) => symbol).join(''));
    let at = 0;
    return pieces.map((piece, index) => {
      const isLast = index === pieces.length - 1;
      const first = from[at];
      at = isLast ? from.length : at + piece.length;
      return {
        id: this.#addedIds.get(piece) ?? this.#vocabulary.get(piece) ?? this.#special.unkId,
        start: first?.source.start ?? 0,
        end: from[at - 1]?.source.end ?? 0,
      };
    });
  }
}

/** The two words that CLIPTokenizer.bpe leaves whole. */
function isSpecialText(text: string): boolean {
  return text === '<|startoftext|>' || text === '<|endoftext|>';
}

function parseVocabulary({ folder, vocabulary }: ClipTokenizerFiles): ReadonlyMap<string, number> {
  const complain = (what: string): UserError => new UserError(`${folder}/vocab.json: ${what}.`);
  let value: unknown;
  try {
    value = parseBoundedJson(vocabulary, BOUNDS.vocabulary, `${folder}/vocab.json`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw complain('is not valid JSON; it is damaged');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw complain('is not an object of ids by token');
  }
  const ids = new Map<string, number>();
  for (const [token, id] of Object.entries(value)) {
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
      throw complain(`token "${token}" has the id ${JSON.stringify(id)}, not a whole number from 0 on`);
    }
    ids.set(token, id);
  }
  if (ids.size === 0) throw complain('holds no tokens');
  return ids;
}

/** merges.txt: a version line, then one pair a line in order of precedence. */
function parseMerges({ folder, merges }: ClipTokenizerFiles): [string, string][] {
  const lines = merges.trim().split(/\r\n|\r|\n/);
  return lines.slice(1, MAX_MERGES + 1).map((line, index) => {
    const [left, right, ...rest] = line.trim().split(/\s+/);
    if (left === undefined || right === undefined || rest.length > 0) {
      throw new UserError(`${folder}/merges.txt: line ${index + 2} is not a pair of symbols; it is damaged.`);
    }
    return [left, right];
  });
}
