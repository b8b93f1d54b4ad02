import { preferencesSchema, type Preferences } from '../../preload/contract/studioRecords.ts';
import { writeFileAtomic } from '../projects/atomicFile.ts';
import { fileError } from '../projects/fileErrors.ts';
import { readLimited } from '../projects/readFiles.ts';
import { changeShared } from '../projects/sharedFile.ts';

const initial: Preferences = { language: 'system', theme: 'system', hintSeen: false, view: 'image' };

/** The user's choices in one file; what is missing or damaged in it has its default. */
export class PreferencesFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<Preferences> {
    let raw: unknown;
    try {
      raw = JSON.parse(await readLimited(this.#path, 65_536));
    } catch {
      return initial;
    }
    const { language, theme, hintSeen, view } = preferencesSchema.shape;
    const given: Record<string, unknown> = typeof raw === 'object' && raw !== null ? { ...raw } : {};
    return {
      language: language.catch(initial.language).parse(given['language']),
      theme: theme.catch(initial.theme).parse(given['theme']),
      hintSeen: hintSeen.catch(initial.hintSeen).parse(given['hintSeen']),
      view: view.catch(initial.view).parse(given['view']),
    };
  }

  /** @throws UserError when it cannot be written */
  change(change: Partial<Preferences>): Promise<Preferences> {
    return changeShared(this.#path, async () => {
      const next = preferencesSchema.parse({ ...(await this.read()), ...change });
      try {
        await writeFileAtomic(this.#path, `${JSON.stringify(next, null, 2)}\n`);
      } catch (error) {
        throw fileError('save', this.#path, error);
      }
      return next;
    });
  }
}
