import type { ModelInfo } from '../../preload/contract/models.ts';
import type { LayoutDocument } from '../editor/document.ts';
import { requestProblems } from '../editor/layoutIO.ts';
import { translate, translateMessage } from '../ui/i18n.ts';

/**
 * Why a document cannot be run, as a sentence; empty when it can.
 *
 * @param models null while they are not known yet
 */
export function runProblem(document: LayoutDocument, models: readonly ModelInfo[] | null): string {
  if (models?.length === 0) {
    return translate('run.noModel');
  }
  const model = models?.find(({ id }) => id === document.settings.model);
  if (models !== null && model === undefined) {
    return translate('run.unknownModel', { model: document.settings.model });
  }
  const [problem] = requestProblems(document);
  return model?.problem ?? (problem === undefined ? '' : translateMessage(problem));
}
