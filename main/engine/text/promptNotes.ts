import type { EncodedText } from './clipTokenizer.ts';

/** A text of a request as the tokenizer has it, and what notes call it. */
export interface NotedText {
  /** "The caption", 'The phrase of box "a"'. */
  readonly name: string;
  readonly text: string;
  readonly encoded: Pick<EncodedText, 'length' | 'dropped'>;
}

/** Ways of writing that other programs give a meaning, and what they come to here. */
const SYNTAX: readonly { readonly pattern: RegExp; readonly note: string }[] = [
  {
    pattern: /<(?:lora|lyco|locon|loha|hypernet|ti|embedding)\s*:[^<>]*>/iu,
    note: 'loads nothing here and is read as words; name the file with --lora or under "LoRAs"',
  },
  {
    pattern: /\([^()]*:\s*[-+]?(?:\d+\.?\d*|\.\d+)\s*\)/u,
    note: 'weighs nothing here: brackets and number are read as words',
  },
  {
    pattern: /\[[^[\]]*:[^[\]]*:\s*(?:\d+\.?\d*|\.\d+)\s*\]/u,
    note: 'does not change with the steps here: it is read as words',
  },
  { pattern: /\(\([^()]+\)\)|\[\[[^[\]]+\]\]/u, note: 'weighs nothing here: brackets are read as words' },
  {
    pattern: /(?<![\p{L}\p{N}])BREAK(?![\p{L}\p{N}])/u,
    note: 'does not begin a new part here: it is read as a word',
  },
  {
    pattern: /\{[^{}]*\|[^{}]*\}|(?<!\w)__[\w/*-]+__(?!\w)/u,
    note: 'chooses nothing here: it is read as words',
  },
  {
    pattern: /(?<![\p{L}\p{N}])embedding:[^\s,]+/iu,
    note: 'loads nothing here and is read as words; embeddings are not supported',
  },
];

/** What a user may not expect of texts: parts that the model does not read, and writing of other programs. */
export function promptNotes(texts: readonly NotedText[]): string[] {
  return texts.flatMap(({ name, text, encoded }) => {
    const notes = SYNTAX.flatMap(({ pattern, note }) => {
      const [found] = pattern.exec(text) ?? [];
      return found === undefined ? [] : [`${name} has ${quoted(found)}, which ${note}.`];
    });
    if (encoded.dropped > 0) {
      notes.push(
        `${name} is too long: its last ${encoded.dropped} ${encoded.dropped === 1 ? 'token is' : 'tokens are'} not read by the model.`,
      );
    }
    // Begin and end are there always.
    if (text !== '' && encoded.length <= 2) notes.push(`${name} holds nothing that the model reads.`);
    return notes;
  });
}

function quoted(text: string): string {
  const letters = [...text];
  return `"${letters.length > 40 ? `${letters.slice(0, 40).join('')}…` : text}"`;
}
