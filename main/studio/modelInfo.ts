import {
  MAX_NAMED_GAPS,
  type ModelFacts,
  type ModelInfo,
  type ModelVocabulary,
} from '../../preload/contract/models.ts';
import type { LibraryModel } from '../library/modelLibrary.ts';

/** A line of the library as the contract has it. */
export function modelInfo(
  model: LibraryModel,
  deletable: boolean,
  vocabulary: ModelVocabulary | null,
): ModelInfo {
  const { id, name, origin, source, family, grounding, resolution, precision } = model;
  return {
    id,
    name,
    origin,
    kind: source.kind,
    path: source.kind === 'checkpoint' ? source.checkpoint : source.folder,
    adapter: source.kind === 'folder' ? null : source.adapter,
    family,
    grounding,
    width: resolution?.width ?? 512,
    height: resolution?.height ?? 512,
    // Requests want multiples of 8 whatever the model.
    sizeMultiple: Math.max(8, resolution?.multiple ?? 64),
    precision,
    weightBytes: model.weightBytes,
    licence: model.licence,
    repository: model.repository === null ? null : { ...model.repository },
    vocabulary,
    problem: model.problem,
    deletable,
  };
}

/** Files with hashes, and the tensors that are missing: the first ones by name, all of them by number. */
export function modelFacts({ id, files, hashes, gaps }: LibraryModel): Omit<ModelFacts, 'verification'> {
  return {
    id,
    files: files.map(({ path, bytes }) => ({ path, bytes, sha256: hashes[path] ?? null })),
    gaps: gaps.map(({ part, missing, misshapen }) => ({
      part,
      missing: missing
        .slice(0, MAX_NAMED_GAPS)
        .map(({ name, expected }) => ({ name, expected: [...expected] })),
      misshapen: misshapen
        .slice(0, MAX_NAMED_GAPS)
        .map(({ name, expected, found }) => ({ name, expected: [...expected], found: [...found] })),
      missingCount: missing.length,
      misshapenCount: misshapen.length,
    })),
  };
}
