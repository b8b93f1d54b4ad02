import { appendFile, readFile } from 'node:fs/promises';
import { z } from 'zod';

const scoreSchema = z.object({
  boxes: z.number(),
  classRight: z.number(),
  coloured: z.number(),
  colourRight: z.number(),
  truePositives: z.number(),
  falsePositives: z.number(),
  falseNegatives: z.number(),
  // Journals of before November 28, 2026 do not say: what is counted from it is then no number.
  strangers: z.number().default(NaN),
  level: z.number().default(1),
  complete: z.number(),
  maskIou: z.number(),
  matched: z.number(),
  confidence: z.number(),
});

/** One image of the bench, as a line of the journal. */
export const recordSchema = z.object({
  suite: z.string(),
  layout: z.string(),
  seed: z.int(),
  method: z.string(),
  /** What else decides the result: weights, evaluator, steps, guidance and ISAC's settings, hashed. */
  settings: z.string(),
  score: scoreSchema,
  overLayScore: z.number(),
  /** Worst Dice of the semantic maps at the last step. */
  dice: z.number(),
  seconds: z.number(),
  modelRuns: z.number(),
  features: z.array(z.number()),
});

export type BenchRecord = z.infer<typeof recordSchema>;

export const keyOf = ({
  layout,
  seed,
  method,
  settings,
}: Pick<BenchRecord, 'layout' | 'seed' | 'method' | 'settings'>): string =>
  `${layout} ${seed} ${method} ${settings}`;

/**
 * The journal: one JSON line per finished image, so that a bench goes on where it stopped. A last line that a
 * kill cut off is dropped.
 */
export class Journal {
  readonly records = new Map<string, BenchRecord>();
  private readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async open(path: string): Promise<Journal> {
    const journal = new Journal(path);
    const text = await readFile(path, 'utf8').catch(() => '');
    for (const line of text.split('\n')) {
      const parsed = recordSchema.safeParse(parseJson(line));
      if (parsed.success) journal.records.set(keyOf(parsed.data), parsed.data);
    }
    if (text !== '' && !text.endsWith('\n')) await appendFile(path, '\n');
    return journal;
  }

  async add(record: BenchRecord): Promise<void> {
    await appendFile(this.path, `${JSON.stringify(record)}\n`);
    this.records.set(keyOf(record), record);
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
