import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type {
  Damage,
  DocumentBox,
  ProjectDocument,
  ProjectFile,
  Settings,
} from '../../preload/contract/project.ts';
import {
  backdropSchema,
  documentBoxSchema,
  documentSchema,
  MAX_DOCUMENT_BOXES,
  projectFileSchema,
  resultIdSchema,
  settingsSchema,
} from '../../preload/contract/project.ts';
import { isacFields, isacSchema } from '../../preload/contract/isac.ts';
import { withOldMeaning } from '../../preload/contract/isacMigration.ts';
import type { RawObject } from './migrations.ts';
import { newDocument, type DocumentDefaults } from '../../preload/contract/newDocument.ts';

/** What could be saved of a project.json and what could not. */
export interface Salvage {
  file: ProjectFile;
  damage: Damage[];
}

/**
 * A valid project file from one that may hold anything: each part that fits its schema is kept, the others take their
 * default and are named. A whole file comes back unchanged and without damage.
 */
export function salvageProject(raw: RawObject, defaults: DocumentDefaults, file: string): Salvage {
  const whole = projectFileSchema.safeParse(raw);
  if (whole.success) return { file: whole.data, damage: [] };
  const report = new Report(file);
  const { shape } = projectFileSchema;
  const now = new Date().toISOString();
  const project: ProjectFile = {
    format: 'isac-project',
    version: shape.version.value,
    id: report.part('id', shape.id, raw['id'], randomUUID()),
    created: report.part('created', shape.created, raw['created'], now),
    modified: report.part('modified', shape.modified, raw['modified'], now),
    writtenBy: report.part('writtenBy', shape.writtenBy, raw['writtenBy'], 'unknown'),
    document: salvageDocument(raw['document'], defaults, report),
    results: [...new Set(report.list('results', resultIdSchema, raw['results']))],
  };
  report.strangers('', raw, shape);
  if (report.damage.length === 0) report.add('some values were not what they should be and were set right');
  return { file: project, damage: report.damage };
}

function salvageDocument(raw: unknown, defaults: DocumentDefaults, report: Report): ProjectDocument {
  const empty = newDocument(defaults);
  if (!isObject(raw)) {
    report.add('the document (boxes, caption, settings) is missing; an empty one was opened');
    return empty;
  }
  const { shape } = documentSchema;
  const boxes = salvageBoxes(raw['boxes'], report);
  const ids = new Set(boxes.map(({ id }) => id));
  const bind = report
    .list('document.bind', shape.bind.element, raw['bind'])
    .filter(([a, b]) => a !== b && ids.has(a) && ids.has(b));
  const document: ProjectDocument = {
    width: report.part('document.width', shape.width, raw['width'], empty.width),
    height: report.part('document.height', shape.height, raw['height'], empty.height),
    boxes,
    bind,
    caption: report.part('document.caption', shape.caption, raw['caption'], empty.caption),
    negative: report.part('document.negative', shape.negative, raw['negative'], ''),
    settings: salvageSettings(raw['settings'], empty.settings, report),
    seedMode: report.part('document.seedMode', shape.seedMode, raw['seedMode'], empty.seedMode),
    backdrop: report.part('document.backdrop', backdropSchema.nullable(), raw['backdrop'], null),
  };
  report.strangers('document.', raw, shape);
  return document;
}

function salvageBoxes(raw: unknown, report: Report): DocumentBox[] {
  if (!Array.isArray(raw)) {
    report.add('the list of boxes is missing');
    return [];
  }
  const boxes: DocumentBox[] = [];
  const ids = new Set<string>();
  raw.slice(0, MAX_DOCUMENT_BOXES).forEach((value: unknown, index) => {
    const parsed = documentBoxSchema.safeParse(withBoxDefaults(value, index));
    const box = parsed.data;
    if (box === undefined) {
      const phrase =
        isObject(value) && typeof value['phrase'] === 'string' ? ` ("${value['phrase'].slice(0, 60)}")` : '';
      report.add(`box ${index + 1}${phrase} was left out: ${firstIssue(parsed.error)}`);
      return;
    }
    if (ids.has(box.id)) {
      report.add(`box ${index + 1} ("${box.phrase}") had the id of another box and got a new one`);
      box.id = randomUUID();
    }
    ids.add(box.id);
    boxes.push(box);
  });
  if (raw.length > MAX_DOCUMENT_BOXES)
    report.add(`only the first ${MAX_DOCUMENT_BOXES} of ${raw.length} boxes were read`);
  return boxes;
}

/** The place and the phrase of a box are what matters; what is wrong beside them is replaced without a word. */
function withBoxDefaults(value: unknown, index: number): unknown {
  if (!isObject(value)) return value;
  const { shape } = documentBoxSchema;
  return {
    id: shape.id.safeParse(value['id']).data ?? randomUUID(),
    phrase: value['phrase'],
    box: value['box'],
    colour: shape.colour.safeParse(value['colour']).data ?? index,
    locked: value['locked'] === true,
    hidden: value['hidden'] === true,
  };
}

function salvageSettings(raw: unknown, fallback: Settings, report: Report): Settings {
  if (!isObject(raw)) {
    report.add('the settings are missing; the defaults were taken');
    return fallback;
  }
  const settings: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(settingsSchema.shape)) {
    const initial = fallback[key as keyof Settings];
    settings[key] =
      key === 'isac'
        ? salvageIsac(raw[key], fallback, report)
        : report.part<unknown>(`document.settings.${key}`, schema, raw[key], initial);
  }
  report.strangers('document.settings.', raw, settingsSchema.shape);
  return settingsSchema.parse(settings);
}

function salvageIsac(stored: unknown, fallback: Settings, report: Report): unknown {
  const raw = withOldMeaning(stored);
  if (!isObject(raw)) return report.part<unknown>('document.settings.isac', isacSchema, raw, fallback.isac);
  const isac: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(isacFields.shape)) {
    const initial = fallback.isac[key as keyof Settings['isac']];
    isac[key] = report.part<unknown>(`document.settings.isac.${key}`, schema, raw[key], initial);
  }
  report.strangers('document.settings.isac.', raw, isacFields.shape);
  return isac;
}

/** Collects one sentence per thing that was lost. */
class Report {
  readonly damage: Damage[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  add(what: string): void {
    this.damage.push({ file: this.#file, message: `${this.#file}: ${what}.` });
  }

  /** The value if it fits, else the fallback, named. */
  part<T>(name: string, schema: z.ZodType<T>, value: unknown, fallback: T): T {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    this.add(
      `${name} ${value === undefined ? 'is missing' : `cannot be read (${firstIssue(parsed.error)})`}`,
    );
    return fallback;
  }

  /** The elements that fit; the others are counted. */
  list<T>(name: string, schema: z.ZodType<T>, value: unknown): T[] {
    if (!Array.isArray(value)) {
      this.add(`${name} is missing`);
      return [];
    }
    const kept = value.flatMap((element: unknown) => {
      const parsed = schema.safeParse(element);
      return parsed.success ? [parsed.data] : [];
    });
    if (kept.length < value.length)
      this.add(`${value.length - kept.length} of ${value.length} in ${name} cannot be read`);
    return kept;
  }

  /** Keys that no schema knows would be lost at the next save: say so. */
  strangers(prefix: string, raw: RawObject, shape: object): void {
    for (const key of Object.keys(raw)) {
      if (!(key in shape)) this.add(`${prefix}${key.slice(0, 60)} is unknown and was left out`);
    }
  }
}

/** Plain objects only. */
export function isObject(value: unknown): value is RawObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first issue of a schema error as a phrase: "box: must be [x0, y0, x1, y1]". */
export function firstIssue(error: z.ZodError | undefined): string {
  const issue = error?.issues[0];
  if (issue === undefined) return 'it is not what it should be';
  const where = issue.path.map(String).join('.');
  return where === '' ? issue.message : `${where}: ${issue.message}`;
}
