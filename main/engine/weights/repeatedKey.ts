/**
 * The first key that occurs twice in the outermost object of a JSON text, or undefined.
 * JSON.parse keeps the last of them and says nothing; a header that names a tensor twice could show one
 * reader other weights than the next.
 *
 * @param text valid JSON, an object outermost
 */
export function repeatedKey(text: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  let expectsKey = false;
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '{':
      case '[':
        depth += 1;
        expectsKey = depth === 1;
        break;
      case '}':
      case ']':
        depth -= 1;
        break;
      case ',':
        expectsKey = depth === 1;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (expectsKey) {
          // Escapes count: "a" and "\u0061" are one key.
          const key: unknown = JSON.parse(text.slice(at, end + 1));
          if (typeof key === 'string') {
            if (seen.has(key)) return key;
            seen.add(key);
          }
          expectsKey = false;
        }
        at = end;
        break;
      }
    }
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
