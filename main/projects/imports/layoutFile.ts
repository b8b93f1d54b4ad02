import { captionOf } from '../../../preload/contract/caption.ts';
import { COLOUR_COUNT } from '../../../preload/contract/palette.ts';
import type { Layout } from '../../../preload/contract/layout.ts';
import { LAYOUT_VERSION, layoutSchema } from '../../../preload/contract/layout.ts';
import type { ProjectDocument } from '../../../preload/contract/project.ts';
import { UserError } from '../../engine/errors.ts';
import { parseBoundedJson } from '../../files/boundedJson.ts';
import { BOUNDS } from '../../files/bounds.ts';
import { newDocument, type DocumentDefaults } from '../../../preload/contract/newDocument.ts';
import { firstIssue, isObject } from '../salvage.ts';

/**
 * A layout file of the command line.
 *
 * @param name what to call the file in messages
 * @throws UserError naming the field and what is allowed
 */
export function parseLayoutFile(text: string, name: string): Layout {
  let raw: unknown;
  try {
    raw = parseBoundedJson(text, BOUNDS.layout, name);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${name} is not JSON.`);
  }
  return layoutOf(raw, name);
}

/** The same for JSON that is parsed already. */
export function layoutOf(raw: unknown, name: string): Layout {
  if (isObject(raw) && raw['version'] !== LAYOUT_VERSION) {
    const version = JSON.stringify(raw['version']) ?? 'missing';
    throw new UserError(
      `${name}: version is ${version}; this program reads layout version ${LAYOUT_VERSION}.`,
    );
  }
  const parsed = layoutSchema.safeParse(raw);
  if (!parsed.success) throw new UserError(`${name}: ${firstIssue(parsed.error)}.`);
  return parsed.data;
}

/** A document with a layout's boxes, the first of the layout at the bottom. */
export function documentOfLayout(
  layout: Omit<Layout, 'version'>,
  defaults: DocumentDefaults,
): ProjectDocument {
  const { width = defaults.width, height = defaults.height, caption, negative = '', boxes, bind } = layout;
  return {
    ...newDocument({ ...defaults, width, height }),
    boxes: boxes.map((box, index) => ({
      ...box,
      colour: index % COLOUR_COUNT,
      locked: false,
      hidden: false,
    })),
    bind,
    caption: captionOf(
      caption,
      boxes.map(({ phrase }) => phrase),
    ),
    negative,
  };
}
