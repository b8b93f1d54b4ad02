import { basename } from 'node:path';
import type { ModelFacts, ModelInfo } from '../../preload/contract/models.ts';
import { messageOf, UserError } from '../engine/errors.ts';
import { indexPath } from '../library/libraryIndex.ts';
import type { AddRequest, LibraryModel, ModelLibrary } from '../library/modelLibrary.ts';
import type { DocumentDefaults } from '../../preload/contract/newDocument.ts';
import { modelFacts, modelInfo } from './modelInfo.ts';
import { modelVocabulary } from './modelVocabulary.ts';

/** The models that a request can name. */
export interface ModelList {
  /** Broken ones too, with their problem. */
  list(): Promise<ModelInfo[]>;
  /** @throws UserError for an unknown model */
  facts(id: string): Promise<Omit<ModelFacts, 'verification'>>;
  /** @throws UserError when it cannot be used */
  add(request: AddRequest): Promise<ModelInfo>;
  /** @throws UserError for one that cannot be removed */
  remove(id: string, deleteFiles: boolean): Promise<{ deleted: string | null }>;
  /** What a new document starts with. */
  defaults(): Promise<DocumentDefaults>;
}

/** The models of the library, which the command line shares. */
export class LibraryModelList implements ModelList {
  readonly #library: ModelLibrary;

  constructor(library: ModelLibrary) {
    this.#library = library;
  }

  async list(): Promise<ModelInfo[]> {
    let models: LibraryModel[];
    try {
      models = await this.#library.list();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // The list is damaged and left alone: the program's own models can be used meanwhile.
      const own = await this.#library.embedded();
      const lines = await Promise.all(own.map((model) => line(model, false)));
      return [...lines, damagedList(this.#library, messageOf(error))];
    }
    return Promise.all(models.map((model) => line(model, this.#library.deletable(model))));
  }

  async facts(id: string): Promise<Omit<ModelFacts, 'verification'>> {
    return modelFacts(await this.#library.get(id));
  }

  async add(request: AddRequest): Promise<ModelInfo> {
    return line(await this.#library.add(request), false);
  }

  remove(id: string, deleteFiles: boolean): Promise<{ deleted: string | null }> {
    return this.#library.remove(id, deleteFiles);
  }

  async defaults(): Promise<DocumentDefaults> {
    const [first] = (await this.list()).filter(({ problem }) => problem === null);
    // Without any model a document can still be drawn; running it says what is missing.
    return first === undefined
      ? { model: 'none', width: 512, height: 512 }
      : { model: first.id, width: first.width, height: first.height, sizeMultiple: first.sizeMultiple };
  }
}

async function line(model: LibraryModel, deletable: boolean): Promise<ModelInfo> {
  const { source } = model;
  const vocabulary = source.kind === 'checkpoint' ? null : await modelVocabulary(source.folder);
  return modelInfo(model, deletable, vocabulary);
}

/** A line that stands for the models of a damaged list. */
function damagedList(library: ModelLibrary, problem: string): ModelInfo {
  const path = indexPath(library.folders.data);
  return {
    id: path,
    name: basename(path),
    origin: 'added',
    kind: 'folder',
    path,
    adapter: null,
    family: null,
    grounding: null,
    width: 512,
    height: 512,
    sizeMultiple: 64,
    precision: null,
    weightBytes: 0,
    licence: null,
    repository: null,
    vocabulary: null,
    problem,
    deletable: false,
  };
}
