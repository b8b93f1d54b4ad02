import type { EmbeddedRequest } from '../../preload/contract/project.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import { translate } from '../ui/i18n.ts';

/** Which weights, device and versions made a picture. */
export type Maker = NonNullable<EmbeddedRequest['madeBy']>;

/** A PNG that was dropped to be made again. */
export interface Reproduction {
  readonly name: string;
  readonly request: GenerationRequest;
  readonly madeBy: Maker;
}

/** Versions that decide a picture's last bits. */
const DECIDING = ['isac-studio', 'onnxruntime-node', 'platform'] as const;

/** What differs between who made a picture and who makes it now, as short phrases. */
export function makerDifferences(then: Maker, now: Maker): string[] {
  return [
    ...(then.model.sha256 === now.model.sha256
      ? []
      : [translate('import.otherWeights', { model: then.model.name })]),
    ...(then.device === now.device ? [] : [`${then.device} → ${now.device}`]),
    ...versionDifferences(then.versions, now.versions),
  ];
}

/** The part of it that is known before anything has been run. */
export function versionDifferences(then: Maker['versions'], now: Maker['versions']): string[] {
  return DECIDING.filter((name) => then[name] !== undefined && then[name] !== now[name]).map((name) =>
    name === 'platform' ? `${then[name]} → ${now[name]}` : `${name} ${then[name]} → ${now[name]}`,
  );
}
