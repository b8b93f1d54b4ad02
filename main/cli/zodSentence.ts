import { z } from 'zod';

type JsonSchema = z.core.JSONSchema.JSONSchema;

/**
 * The first issue of a schema's complaint as one sentence that names the place and what is allowed there, read off
 * the schema itself: `boxes[1].phrase must be text of 1 to 200 characters`.
 *
 * @param rename how a place is called where the user knows it by another name (a flag)
 */
export function zodSentence(
  error: z.ZodError,
  schema: z.ZodType,
  rename: (path: string) => string = (path) => path,
): string {
  const [issue] = error.issues;
  if (!issue) return 'does not fit';
  const at = rename(pathOf(issue.path));
  const place = at === '' ? 'the file' : at;
  if (issue.code === 'custom') return `${place} ${issue.message}`;
  const allowed = schemaAt(z.toJSONSchema(schema, { io: 'input' }), issue.path);
  if (issue.code === 'unrecognized_keys') {
    const fields = orList(Object.keys(allowed?.properties ?? {}));
    return `${place} has an unknown field ${issue.keys.map((key) => `"${key}"`).join(', ')}; allowed are ${fields}`;
  }
  return `${place} must be ${allowed ? description(allowed) : issue.message}`;
}

/** boxes[1].box[0] */
function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

function schemaAt(root: JsonSchema, path: readonly PropertyKey[]): JsonSchema | undefined {
  const next = (schema: JsonSchema | undefined, key: PropertyKey): JsonSchema | undefined =>
    typeof key === 'number'
      ? (asSchema(schema?.prefixItems?.[key]) ?? asSchema(schema?.items))
      : asSchema(schema?.properties?.[String(key)]);
  return path.reduce<JsonSchema | undefined>(next, root);
}

/** JSON Schema allows `true` and lists in places where zod writes neither. */
function asSchema(
  value: JsonSchema | boolean | readonly (JsonSchema | boolean)[] | undefined,
): JsonSchema | undefined {
  return typeof value === 'object' && !('length' in value) ? value : undefined;
}

function description(schema: JsonSchema): string {
  const { type, minimum, maximum, minLength, maxLength, minItems, maxItems, multipleOf } = schema;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) {
    return schema.anyOf
      .map((one) => asSchema(one))
      .map((one) => (one ? description(one) : 'anything'))
      .join(' or ');
  }
  if (type === 'null') return 'null';
  if (schema.enum) return orList(schema.enum.map((value) => JSON.stringify(value)));
  if (type === 'integer' && multipleOf !== undefined)
    return `a multiple of ${multipleOf}${range(minimum, maximum)}`;
  if (type === 'integer') return `a whole number${range(minimum, maximum)}`;
  if (type === 'number') return `a number${range(minimum, maximum)}`;
  if (type === 'string') return `text${amount(minLength, maxLength, 'characters')}`;
  if (schema.prefixItems) {
    const first = asSchema(schema.prefixItems[0]);
    return `a list of ${schema.prefixItems.length} entries, each ${first ? description(first) : 'anything'}`;
  }
  if (type === 'array') return `a list${amount(minItems, maxItems, 'entries')}`;
  if (type === 'object') return `an object { ${Object.keys(schema.properties ?? {}).join(', ')} }`;
  return type === 'boolean' ? 'true or false' : 'something else';
}

function range(low: number | undefined, high: number | undefined): string {
  if (low === undefined) return high === undefined ? '' : ` of at most ${high}`;
  return high === undefined ? ` of at least ${low}` : ` from ${low} to ${high}`;
}

function amount(low: number | undefined, high: number | undefined, what: string): string {
  if (high === undefined) return low === undefined ? '' : ` of at least ${low} ${what}`;
  return low === undefined ? ` of at most ${high} ${what}` : ` of ${low} to ${high} ${what}`;
}

function orList(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1) ?? ''}`;
}
