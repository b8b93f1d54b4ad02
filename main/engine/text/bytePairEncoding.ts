/** Marks the last symbol of a word in CLIP's vocabulary. */
const END_OF_WORD = '</w>';

const CACHE_SIZE = 10_000;

/**
 * Byte-pair encoding with CLIP's end-of-word mark (Sennrich et al. 2016; transformers
 * tokenization_clip.py, `CLIPTokenizer.bpe`): starts from single symbols and joins the pair that stands
 * earliest in the list of merges, everywhere at once, until no pair is in it.
 */
export class BytePairEncoding {
  readonly #ranks: ReadonlyMap<string, number>;
  readonly #cache = new Map<string, readonly string[]>();

  /** @param merges pairs of symbols in order of precedence */
  constructor(merges: readonly (readonly [string, string])[]) {
    // A later line with the same pair wins, as in Python's dict(zip(...)).
    this.#ranks = new Map(merges.map(([left, right], rank) => [pairKey(left, right), rank]));
  }

  /** The pieces of a word; the last one carries "</w>". The word must not be empty. */
  split(word: string): readonly string[] {
    const known = this.#cache.get(word);
    if (known !== undefined) return known;
    const pieces = this.#merge(word);
    if (this.#cache.size >= CACHE_SIZE) this.#cache.clear();
    this.#cache.set(word, pieces);
    return pieces;
  }

  #merge(word: string): readonly string[] {
    let pieces = [...word];
    pieces.push((pieces.pop() ?? '') + END_OF_WORD);
    for (;;) {
      let best = Infinity;
      let at = -1;
      for (let index = 0; index + 1 < pieces.length; index += 1) {
        const rank = this.#ranks.get(pairKey(pieces[index] ?? '', pieces[index + 1] ?? ''));
        if (rank !== undefined && rank < best) {
          best = rank;
          at = index;
        }
      }
      if (at < 0) return pieces;
      pieces = joinPair(pieces, pieces[at] ?? '', pieces[at + 1] ?? '');
    }
  }
}

function joinPair(pieces: readonly string[], left: string, right: string): string[] {
  const joined: string[] = [];
  for (let index = 0; index < pieces.length; index += 1) {
    const piece = pieces[index] ?? '';
    if (piece === left && pieces[index + 1] === right) {
      joined.push(left + right);
      index += 1;
    } else {
      joined.push(piece);
    }
  }
  return joined;
}

/** No symbol holds a space: bytes that are no printable character have stand-ins. */
function pairKey(left: string, right: string): string {
  return `${left} ${right}`;
}
