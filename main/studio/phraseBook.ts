import type { EngineHost } from '../host/engineProcess.ts';
import type { Question } from '../host/jobRunner.ts';

/** As many phrases are remembered; the oldest go first. */
const MAX_PHRASES = 4000;

/** What phrases look like to models: asked of the engine once per model and phrase, kept as unit vectors. */
export class PhraseBook {
  readonly #engine: Pick<EngineHost, 'embed'>;
  readonly #vectors = new Map<string, Float64Array>();

  constructor(engine: Pick<EngineHost, 'embed'>) {
    this.#engine = engine;
  }

  /**
   * Cosines between phrases, [i][j]; null while they are not known and the engine does not tell: it has something else
   * to do, or cannot.
   */
  async compare({ model, device, phrases }: Question): Promise<number[][] | null> {
    const missing = [...new Set(phrases)].filter((phrase) => !this.#vectors.has(keyOf(model, phrase)));
    if (missing.length > 0) {
      const answer = await this.#engine.embed({ model, device, phrases: missing });
      if (answer?.length !== missing.length) return null;
      missing.forEach((phrase, at) => this.#vectors.set(keyOf(model, phrase), unit(answer[at] ?? [])));
    }
    const vectors = phrases.map((phrase) => this.#vectors.get(keyOf(model, phrase)) ?? new Float64Array());
    this.#trim();
    if (vectors.some(({ length }) => length === 0 || length !== vectors[0]?.length)) return null;
    return vectors.map((a) => vectors.map((b) => cosine(a, b)));
  }

  #trim(): void {
    for (const key of this.#vectors.keys()) {
      if (this.#vectors.size <= MAX_PHRASES) return;
      this.#vectors.delete(key);
    }
  }
}

const keyOf = (model: string, phrase: string): string => `${model}\n${phrase}`;

function unit(vector: readonly number[]): Float64Array {
  const norm = Math.hypot(...vector);
  return Float64Array.from(vector, (value) => (norm === 0 ? 0 : value / norm));
}

/** Of unit vectors; rounding may leave -1..1. */
function cosine(a: Float64Array, b: Float64Array): number {
  const dot = a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  return Math.min(1, Math.max(-1, dot));
}
