import { readFile, stat } from 'node:fs/promises';
import type { z } from 'zod';
import { decodeText } from '../decodeText.ts';
import { UserError } from '../errors.ts';
import { unreadable } from './fileTrouble.ts';

/** Configs have a few kilobytes and the largest vocabulary about one megabyte. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;

/**
 * A text file of a model folder.
 *
 * @throws UserError when it is missing, too large, or no text
 */
export async function readTextFile(path: string): Promise<string> {
  const missing = 'is missing; the model folder is incomplete';
  const info = await stat(path).catch(async (error: unknown) => {
    throw await unreadable(path, error, missing);
  });
  if (!info.isFile()) throw new UserError(`${path}: ${missing}.`);
  if (info.size > MAX_TEXT_BYTES) {
    throw new UserError(
      `${path}: has ${info.size} bytes, too many for this file; it is not what its name says.`,
    );
  }
  const bytes = await readFile(path).catch(async (error: unknown) => {
    throw await unreadable(path, error, missing);
  });
  return decodeText(bytes, path);
}

/** The text of a file that need not be there: null when it is not. */
export async function readOptionalTextFile(path: string): Promise<string | null> {
  return (await stat(path).catch(() => undefined)) === undefined ? null : readTextFile(path);
}

/**
 * A JSON file of a model folder, checked by a schema.
 *
 * @throws UserError naming the file, the field and what is allowed
 */
export async function readJsonFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  return checkJson(path, parseJsonText(path, await readTextFile(path)), schema);
}

/** @throws UserError when the text of the file is not JSON */
export function parseJsonText(path: string, text: string): unknown {
  try {
    return parsePythonJson(text);
  } catch {
    throw new UserError(`${path}: is not valid JSON; it is damaged.`);
  }
}

/**
 * JSON as Python's json module writes it: NaN, Infinity and -Infinity may stand for numbers. They become null.
 */
function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(
      text.replace(
        /("(?:[^"\\]|\\.)*")|-?Infinity|NaN/g,
        (_, literal: string | undefined) => literal ?? 'null',
      ),
    );
  }
}

/** Checks a value that came out of a JSON file. */
export function checkJson<Schema extends z.ZodType>(
  path: string,
  value: unknown,
  schema: Schema,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue === undefined || issue.path.length === 0 ? 'it' : `"${issue.path.join('.')}"`;
  throw new UserError(`${path}: ${field} cannot be used: ${issue?.message ?? 'it is malformed'}.`);
}
