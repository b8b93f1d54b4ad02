import { open } from 'node:fs/promises';
import { LAYOUT_VERSION, layoutSchema, type Layout } from '../../preload/contract/layout.ts';
import { messageOf, UserError } from '../engine/errors.ts';
import { parseBoundedJson } from '../files/boundedJson.ts';
import { BOUNDS } from '../files/bounds.ts';
import { zodSentence } from './zodSentence.ts';

const MAX_BYTES = BOUNDS.layout.bytes;

/**
 * A layout file, checked.
 *
 * @param file path, as the user wrote it: messages begin with it
 * @throws UserError naming the file, the field and what is allowed
 */
export async function readLayout(file: string): Promise<Layout> {
  return parseLayout(await readText(file), file);
}

/** The same for text that is there already. */
export function parseLayout(text: string, file: string): Layout {
  let raw: unknown;
  try {
    raw = parseBoundedJson(text.replace(/^\uFEFF/, ''), BOUNDS.layout, `${file}:`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file}: is not JSON: ${messageOf(error).replaceAll(/\s+/g, ' ')}`);
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new UserError(`${file}: must be an object { "version": ${LAYOUT_VERSION}, "boxes": [...] }`);
  }
  const version = 'version' in raw ? raw.version : undefined;
  if (version !== LAYOUT_VERSION) {
    const found =
      version === undefined ? 'version is missing' : `version ${JSON.stringify(version)} is unknown`;
    throw new UserError(`${file}: ${found}; this program reads layout version ${LAYOUT_VERSION}`);
  }
  const parsed = layoutSchema.safeParse(raw);
  if (!parsed.success) throw new UserError(`${file}: ${zodSentence(parsed.error, layoutSchema)}`);
  return parsed.data;
}

async function readText(file: string): Promise<string> {
  const handle = await open(file).catch((error: unknown) => {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new UserError(
      missing ? `${file}: there is no such file` : `${file}: cannot be opened: ${messageOf(error)}`,
    );
  });
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new UserError(`${file}: is not a file`);
    if (status.size > MAX_BYTES) {
      throw new UserError(`${file}: has ${status.size} bytes; a layout has at most ${MAX_BYTES}`);
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
