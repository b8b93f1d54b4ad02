import { z } from 'zod';

/** A size: a positive whole number that no real model exceeds. */
export const count = z.int().min(1).max(1_000_000);

/** A number of layers, blocks or levels: work and memory grow with it before any weight is read. */
export const countUpTo = (most: number): z.ZodInt => z.int().min(1).max(most);

export const flag = z.boolean();

type Allowed = string | number | boolean | null;

/** A key that may be absent but otherwise has one of these values, because nothing else is built here. */
export function only(...allowed: readonly [Allowed, ...Allowed[]]): z.ZodOptional<z.ZodType<Allowed>> {
  const choices = allowed.map((one) => JSON.stringify(one)).join(' or ');
  return z
    .custom<Allowed>((value) => allowed.some((one) => one === value), {
      error: (issue) => `${JSON.stringify(issue.input)} is not supported, only ${choices}`,
    })
    .optional();
}

interface IssueSink {
  addIssue(issue: { code: 'custom'; path: (string | number)[]; message: string }): void;
}

/** Spreads a value that is given once for all levels; a list must have one entry per level. */
export function listPerLevel(
  levels: number,
  context: IssueSink,
): (key: string, value: number | readonly number[]) => number[] {
  return (key, value) => {
    if (typeof value === 'number') return Array.from({ length: levels }, () => value);
    if (value.length !== levels) {
      context.addIssue({
        code: 'custom',
        path: [key],
        message: `it has ${value.length} entries, block_out_channels has ${levels}`,
      });
    }
    return [...value];
  };
}

/** Keys where Python's None builds another network (no middle block, no group norm), so that null must not be dropped. */
const MEANT = new Set(['mid_block_type', 'norm_num_groups']);

/**
 * A config file's nulls as diffusers takes them: a flag that is None is false, anything else is as if it were absent.
 *
 * @param flags keys of flags whose default is true
 */
export function withoutNulls<Schema extends z.ZodType>(
  schema: Schema,
  flags: readonly string[] = [],
): z.ZodPreprocess<Schema> {
  return z.preprocess((value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, field]) => {
        if (field !== null || MEANT.has(key)) return [[key, field]];
        return flags.includes(key) ? [[key, false]] : [];
      }),
    );
  }, schema);
}
