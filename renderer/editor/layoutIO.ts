import { z } from 'zod';
import { captionOf } from '../../preload/contract/caption.ts';
import { promptInstances } from '../../preload/contract/instances.ts';
import { LAYOUT_VERSION, layoutSchema, MAX_BOXES } from '../../preload/contract/layout.ts';
import type { Layout } from '../../preload/contract/layout.ts';
import { COLOUR_COUNT } from '../../preload/contract/palette.ts';
import type { DocumentBox } from '../../preload/contract/project.ts';
import { REQUEST_VERSION, requestSchema } from '../../preload/contract/request.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import { visibleBoxes, withMadeCaption } from './document.ts';
import type { LayoutDocument } from './document.ts';
import { fail, message, succeed } from './message.ts';
import { nothingToRepaint, requestSource } from './source.ts';
import type { Message, Outcome } from './message.ts';

function visiblePairs(document: LayoutDocument): [string, string][] {
  const visible = new Set(visibleBoxes(document).map(({ id }) => id));
  return document.bind.filter(([a, b]) => visible.has(a) && visible.has(b));
}

/** What stands between the document and a run, in sentences; empty when it can run. */
export function requestProblems(document: LayoutDocument): Message[] {
  const boxes = visibleBoxes(document);
  const problems: Message[] = [];
  if (boxes.length === 0) {
    problems.push(...promptProblems(promptOf(document)));
  }
  if (boxes.length > MAX_BOXES) {
    problems.push(
      message('problem.tooManyBoxes', {
        count: boxes.length,
        max: MAX_BOXES,
        over: boxes.length - MAX_BOXES,
      }),
    );
  }
  const silent = boxes.filter(({ phrase }) => phrase.trim() === '').length;
  if (silent > 0) {
    problems.push(message(silent === 1 ? 'problem.noPhrase' : 'problem.noPhrases', { count: silent }));
  }
  if (nothingToRepaint(document)) {
    problems.push(message('problem.nothingToRepaint'));
  }
  return problems;
}

/** The caption as the user wrote it: one that was made of boxes says nothing without them. */
const promptOf = ({ caption }: LayoutDocument): string => (caption.edited ? caption.text : '');

/** Without boxes, a run makes what the caption counts. */
function promptProblems(caption: string): Message[] {
  const count = promptInstances(caption).reduce((sum, one) => sum + one.count, 0);
  if (count > MAX_BOXES) {
    return [message('problem.tooManyInstances', { count, max: MAX_BOXES })];
  }
  if (count > 0) {
    return [];
  }
  return [message(caption.trim() === '' ? 'problem.noBoxes' : 'problem.nothingCounted')];
}

/** The request that the document stands for: a frozen copy without hidden boxes. */
export function documentToRequest(document: LayoutDocument): Outcome<GenerationRequest> {
  const [problem] = requestProblems(document);
  if (problem !== undefined) {
    return { ok: false, message: problem };
  }
  const source = requestSource(document);
  const boxes = visibleBoxes(document);
  const parsed = requestSchema.safeParse({
    version: REQUEST_VERSION,
    width: document.width,
    height: document.height,
    caption: document.caption.text,
    negative: document.negative,
    boxes: boxes.map(({ id, phrase, box, colour }) => ({ id, phrase, box, colour })),
    bind: visiblePairs(document),
    ...document.settings,
    ...(boxes.length === 0 ? { instances: promptInstances(promptOf(document)) } : {}),
    ...(source === undefined ? {} : { source }),
  });
  return parsed.success
    ? succeed(parsed.data)
    : fail('problem.request', { message: firstIssue(parsed.error) });
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  const where = issue?.path.map(String).join('.') ?? '';
  return where === '' ? (issue?.message ?? '') : `${where}: ${issue?.message ?? ''}`;
}

function documentBoxes(
  boxes: readonly {
    readonly id: string;
    readonly phrase: string;
    readonly box: DocumentBox['box'];
    readonly colour?: number | undefined;
  }[],
  known: readonly DocumentBox[],
): DocumentBox[] {
  const before = new Map(known.map((box) => [box.id, box]));
  return boxes.map(({ id, phrase, box, colour }, index) => ({
    id,
    phrase,
    box,
    colour: colour ?? before.get(id)?.colour ?? index % COLOUR_COUNT,
    locked: false,
    hidden: false,
  }));
}

/**
 * The document that a request came from, as far as the request knows it: for restoring a layout out of
 * the history or a dropped PNG. Backdrop and seed mode stay; boxes have the colours of the request.
 */
export function requestToDocument(request: GenerationRequest, current: LayoutDocument): LayoutDocument {
  const { width, height, caption, negative, boxes, bind } = request;
  return {
    ...current,
    width,
    height,
    boxes: documentBoxes(boxes, current.boxes),
    bind,
    caption: captionOf(
      caption,
      boxes.map(({ phrase }) => phrase),
    ),
    negative,
    settings: {
      model: request.model,
      seed: request.seed,
      sampler: request.sampler,
      steps: request.steps,
      guidanceScale: request.guidanceScale,
      groundingShare: request.groundingShare,
      device: request.device,
      isac: request.isac,
      loras: request.loras,
      ...(request.source === undefined ? {} : { source: request.source }),
    },
  };
}

/** The layout file of a document: hidden boxes and boxes without a phrase cannot be written there. */
export function documentToLayout(document: LayoutDocument): Outcome<Layout> {
  const [problem] = requestProblems(document);
  if (problem !== undefined) {
    return { ok: false, message: problem };
  }
  const parsed = layoutSchema.safeParse({
    version: LAYOUT_VERSION,
    width: document.width,
    height: document.height,
    ...(document.caption.edited ? { caption: document.caption.text } : {}),
    ...(document.negative === '' ? {} : { negative: document.negative }),
    boxes: visibleBoxes(document).map(({ id, phrase, box }) => ({ id, phrase, box })),
    bind: visiblePairs(document),
  });
  return parsed.success
    ? succeed(parsed.data)
    : fail('problem.request', { message: firstIssue(parsed.error) });
}

/** A layout over the current document: what the file does not say (settings, perhaps the size) stays. */
export function layoutToDocument(layout: Layout, current: LayoutDocument): LayoutDocument {
  return withMadeCaption({
    ...current,
    width: layout.width ?? current.width,
    height: layout.height ?? current.height,
    boxes: documentBoxes(layout.boxes, current.boxes),
    bind: layout.bind,
    caption: captionOf(
      layout.caption,
      layout.boxes.map(({ phrase }) => phrase),
    ),
    negative: layout.negative ?? '',
  });
}

/** Reads the text of a layout file; the message names the first thing that is wrong and where. */
export function parseLayout(text: string): Outcome<Layout> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('import.notJson');
  }
  const version = z.object({ version: z.unknown() }).safeParse(value);
  if (version.success && version.data.version !== LAYOUT_VERSION) {
    return fail('import.layoutVersion', { version: String(version.data.version), known: LAYOUT_VERSION });
  }
  const parsed = layoutSchema.safeParse(value);
  return parsed.success ? succeed(parsed.data) : fail('import.layout', { message: firstIssue(parsed.error) });
}
