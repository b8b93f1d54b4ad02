import { z } from 'zod';
import { MAX_VALUE, printable } from './printable.ts';

/**
 * What the main process says to the user, where it is met often enough to be said in other languages, too: the page says
 * these in its own words (renderer/ui/strings/sentencesKo.ts) and everything else as it came. {{...}} stand for values.
 */
export const sentences = {
  'cause.EACCES': 'access is denied; check its permissions',
  'cause.EBUSY': 'another program is using it',
  'cause.EDQUOT': 'the disk quota is used up; free some space and try again',
  'cause.EEXIST': 'something of that name is already there',
  'cause.EIO': 'the disk reports an error',
  'cause.EISDIR': 'it is a folder',
  'cause.EMFILE': 'too many files are open',
  'cause.ENAMETOOLONG': 'its name is too long',
  'cause.ENOENT': 'it does not exist',
  'cause.ENOSPC': 'the disk is full; free some space and try again',
  'cause.ENOTDIR': 'a part of the path is a file, not a folder',
  'cause.ENOTEMPTY': 'a folder of that name is already there and not empty',
  'cause.EPERM': 'access is denied; check its permissions',
  'cause.EROFS': 'the disk is read-only',
  'download.broke':
    '{{file}}: the connection broke {{times}} times ({{reason}}); start again later, the download goes on where it stopped.',
  'download.choose': 'Choose files to download.',
  'download.diskFull':
    '{{path}}: the disk is full; make room and start again, the download goes on where it stopped.',
  'download.gone': 'There is no such download any more.',
  'download.noRoom':
    '{{folder}}: {{toCome}} are still to come and {{free}} are free; make room, or set ISAC_STUDIO_HOME to a folder on a larger disk.',
  'download.outOfDate': 'That list of files is out of date: look the repository up again.',
  'download.twice': '{{name}}: is being downloaded already; go on with that download or cancel it.',
  'download.wrongHash':
    "{{file}}: what came has the hash {{found}}, the hub's list says {{listed}}; it was thrown away, start the download again.",
  'drop.unusable':
    '{{name}} cannot be used: drop a PNG made here, a layout or COCO file (.json), a project (.isac.zip) or a picture.',
  'file.change': 'Cannot change {{path}}: {{cause}}.',
  'file.create': 'Cannot create {{path}}: {{cause}}.',
  'file.delete': 'Cannot delete {{path}}: {{cause}}.',
  'file.export': 'Cannot export {{path}}: {{cause}}.',
  'file.held': '{{path}} is being changed by another program; try again in a moment.',
  'file.import': 'Cannot import {{path}}: {{cause}}.',
  'file.keepResult': 'Cannot keep the result in {{path}}: {{cause}}.',
  'file.open': 'Cannot open {{path}}: {{cause}}.',
  'file.read': 'Cannot read {{path}}: {{cause}}.',
  'file.readBackdrop': 'Cannot read the backdrop {{path}}: {{cause}}.',
  'file.readSource': 'Cannot read the source picture {{path}}: {{cause}}.',
  'file.receive': 'Cannot receive {{path}}: {{cause}}.',
  'file.rename': 'Cannot rename {{path}}: {{cause}}.',
  'file.restore': 'Cannot restore {{path}}: {{cause}}.',
  'file.save': 'Cannot save {{path}}: {{cause}}.',
  'hub.badName': '"{{name}}" is no name of a model on the hub; such names are OWNER/NAME.',
  'hub.badProxy': 'The proxy "{{proxy}}" is not an address like http://proxy.example:3128.',
  'hub.disabled': '{{what}}: the hub has disabled this model ({{status}}); take another one.',
  'hub.licenceFirst':
    "{{what}}: its licence must be accepted first ({{status}}): do so on {{page}} and give a token of that account (HF_TOKEN, or the hub's settings in the studio).",
  'hub.gatedYet':
    '{{what}}: the account of your token has no access yet ({{status}}): accept the licence on {{page}}, wait if its owner grants it by hand, and try again.',
  'hub.noFile': '{{what}}: is no longer on {{page}} ({{status}}); look the model up again.',
  'hub.noModel': '{{what}}: there is no such model, or no such version of it, on {{endpoint}}.',
  'hub.noVersion':
    '{{what}}: there is no such version on {{page}} ({{status}}); name another branch, tag or commit.',
  'hub.patience': '{{what}}: the hub asks for patience (429, too many requests); try again {{when}}.',
  'hub.patienceOrToken':
    '{{what}}: the hub asks for patience (429, too many requests); try again {{when}}, or give a token.',
  'hub.refused':
    "{{what}}: the hub refuses access ({{status}}); there may be no such model, or its licence must be accepted on {{page}} and a token given (HF_TOKEN, or the hub's settings in the studio).",
  'hub.tokenRefused':
    "{{what}}: the hub does not accept the token ({{status}}); make a new one on {{endpoint}}/settings/tokens, or take it out (HF_TOKEN, or the hub's settings in the studio): public models need none.",
  'hub.trouble': '{{what}}: {{endpoint}} answers with an error ({{status}}); try again later.',
  'hub.unreachable':
    '{{name}}: {{endpoint}} cannot be reached ({{reason}}); check the network, or name a proxy (HTTPS_PROXY) or a mirror (HF_ENDPOINT).',
  'model.stays': 'The model "{{id}}" came with the program and stays.',
  'model.twice': '{{path}}: is in the library already, as "{{id}}".',
  'model.unknown': 'There is no model "{{id}}" in the library (known: {{known}}).',
  'project.badName': '"{{name}}" cannot be the name of a project.',
  'project.elsewhere': 'This project was opened in another window: it is changed there.',
  'project.exists': '{{path}} exists already: choose another name.',
  'project.gone': '{{path}} was moved or deleted: save the project under another name.',
  'project.notOpen': 'This project is not open any more: open it again.',
  'project.taken': '{{path}} was opened by another program meanwhile: save this one under another name.',
  'project.vanished': '{{path}} does not exist: it was moved, renamed or deleted.',
  'queue.full':
    'The queue holds {{queued}} jobs and takes {{most}} at most: wait until some have ended, or cancel some.',
  'result.damaged': 'The result {{id}} cannot be shown: its {{file}} is missing or damaged.',
  'run.readOnly': '{{path}} cannot be written: save it under another name before running it.',
  'run.unkept': '{{why}} The result is held in memory and kept as soon as the project can be saved.',
  'source.missing':
    'The source picture {{image}} is missing from the project: remove it from the settings, or choose it again.',
  'upload.gone': 'The file that was sent is not there any more: send it again.',
  'when.later': 'later',
  'when.seconds': 'in {{seconds}} s',
} as const;

export type SentenceId = keyof typeof sentences;

/** A part of another sentence may be a sentence itself. */
export type SentenceValue = string | number | Sentence;

export interface Sentence {
  readonly id: SentenceId;
  readonly values: Readonly<Record<string, SentenceValue>>;
}

const isSentenceId = (id: string): id is SentenceId => Object.hasOwn(sentences, id);

export const sentenceSchema: z.ZodType<Sentence> = z.strictObject({
  id: z.string().refine(isSentenceId),
  values: z.record(z.string(), z.union([z.string(), z.number(), z.lazy(() => sentenceSchema)])),
});

/** What is said, in English, and which sentence it is where it is one of those above. */
export interface Said {
  readonly message: string;
  readonly sentence?: Sentence | undefined;
}

type Names<T extends string> = T extends `${string}{{${infer Name}}}${infer Rest}`
  ? Name | Names<Rest>
  : never;

/** One of the sentences with its values. */
export const sentence = <I extends SentenceId>(
  id: I,
  values: Readonly<Record<Names<(typeof sentences)[I]>, SentenceValue>>,
): Sentence => ({ id, values });

/** Its words from a language's table. */
export function spoken(said: Sentence, table: Readonly<Record<SentenceId, string>>): string {
  const { id, values } = said;
  return table[id].replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name] ?? '';
    return typeof value === 'object' ? spoken(value, table) : printable(String(value), MAX_VALUE);
  });
}

export const english = (said: Sentence): string => spoken(said, sentences);
